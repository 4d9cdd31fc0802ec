"""How far a round of scans is, and how long the rest takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.gui.time_left import time_left


class Pace:
    """Counts the scans of a round.

    Parameters
    ----------
    clock : callable
        Seconds.

    Attributes
    ----------
    total, done, failed : int
        Scans of the round; those that are over, with a score or without; those without.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.begin(0)

    def begin(self, total: int, before: int = 0) -> None:
        """Begin a round; ``before`` scans of it have been done earlier and take no time."""
        self.total, self.done, self.failed = total, 0, 0
        self._before = before
        self._since = self._clock()

    def advance(self, *, failed: bool = False) -> None:
        """One more is over."""
        self.done += 1
        self.failed += failed
        if self.done == self._before:
            self._since = self._clock()

    @property
    def scored(self) -> int:
        """Scans of the round that have a score."""
        return self.done - self.failed

    @property
    def outcome(self) -> str:
        """What has become of the round, in a sentence."""
        if self.failed:
            said = _("{scored} of {total} scans have a score; for the rest the table says why not.")
        else:
            said = _("{scored} of {total} scans have a score.")
        return said.format(scored=self.scored, total=self.total)

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the rest takes at the pace so far; None before the first is over."""
        timed = self.done - self._before
        if timed <= 0 or self.total <= self.done:
            return None
        return (self._clock() - self._since) / timed * (self.total - self.done)

    @property
    def text(self) -> str:
        """How far it is, and how long the rest takes, in words."""
        return _("{done} of {total}{left}").format(
            done=self.done, total=self.total, left=time_left(self.seconds_left)
        )

    def show_on(self, bar: Any) -> None:
        """Show it on a progress bar."""
        bar.maximum = max(self.total, 1)
        bar.value = self.done
        bar.format = self.text
