"""How far an evaluation is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from MotionQCTraining.evaluation.units import Unit
from MotionQCTraining.running.events import time_left
from MotionQCTraining.running.session import Session


class Progress:
    """Tells how far an evaluation is, volume by volume, and stops it where it was asked to."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._session, self._clock = session, clock
        self._begun, self._done, self._total = clock(), 0, 0

    def begin(self, units: Sequence[Unit]) -> None:
        """Count what there is to do."""
        self._begun, self._done = self._clock(), 0
        self._total = sum(unit.volumes for unit in units)

    def unit(self, unit: Unit) -> None:
        """Tell which piece begins."""
        left = f", {time_left(self._left_s())}" if self._done else ""
        done = f"{min(self._done, self._total)} of {self._total}"
        self._session.say(f"{unit.evaluation}: {unit.name} (volume {done}{left})")

    def end(self, unit: Unit, before: int) -> None:
        """Count a piece as what it was expected to take."""
        self._done = before + unit.volumes

    @property
    def done(self) -> int:
        """Volumes done."""
        return self._done

    def tick(self) -> None:
        """Count a volume."""
        self._done += 1
        done = min(self._done, self._total)
        self._session.events.progress(done, self._total, self._left_s(), {}, judged=False)
        self._session.stop.check()

    def _left_s(self) -> float:
        pace = (self._clock() - self._begun) / max(1, self._done)
        return pace * max(0, self._total - self._done)
