"""How far a phase outside the steps is: which of how many, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable

from MotionQCTraining.running.events import time_left


class Tally:
    """Counts pieces of work and tells of those that take time.

    Parameters
    ----------
    total : int
        Pieces in all.
    report : callable
        Takes a line of words.
    every_s : float
        Least seconds between two lines; 0 tells of every piece.
    clock : callable
        Seconds since whenever.
    """

    def __init__(
        self,
        total: int,
        report: Callable[[str], None],
        *,
        every_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._report, self._every, self._clock = total, report, every_s, clock
        self._number = 0
        self._worked = 0
        self._begun: float | None = None
        self._told = -float("inf")

    def next(self) -> None:
        """Count the next piece, which may turn out to be there already."""
        self._number += 1

    def tell(self, doing: str) -> None:
        """Tell that this piece is worked on now."""
        now = self._clock()
        self._begun = now if self._begun is None else self._begun
        if now - self._told >= self._every:
            self._told = now
            self._report(f"{doing} ({self._number} of {self._total}{self._left(now)})")
        self._worked += 1

    def _left(self, now: float) -> str:
        """Time left at the pace of the pieces worked on, as if the rest had to be done too."""
        if not self._worked or self._begun is None:
            return ""
        pace = (now - self._begun) / self._worked
        return f", {time_left(pace * (self._total - self._number + 1))}"
