"""How long the event loop was blocked, and how to wait without blocking it."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6 import QtCore

INTERVAL_MS = 5


class BlockMeter:
    """The longest gap between the ticks of a timer that should tick every 5 ms."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._longest = 0.0
        self._timer = QtCore.QTimer()
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.connect("timeout()", self._tick)

    def reset(self) -> None:
        """Start to measure, or start anew."""
        self._last = time.perf_counter()
        self._longest = 0.0
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def longest_s(self) -> float:
        """Seconds that no event was handled, at most, since the reset, the present gap included."""
        return max(self._longest, time.perf_counter() - self._last) - INTERVAL_MS / 1000

    def _tick(self) -> None:
        now = time.perf_counter()
        self._longest = max(self._longest, now - self._last)
        self._last = now


def wait_until(predicate: Callable[[], object], seconds: float) -> None:
    """Turn the event loop until something is true.

    Raises
    ------
    TimeoutError
        It did not become true in time.
    """
    end = time.perf_counter() + seconds
    while not predicate():
        if time.perf_counter() > end:
            raise TimeoutError(f"{predicate} was not true within {seconds} s")
        turn(10)


def turn(milliseconds: int = 0) -> None:
    """Handle events, waiting for some at most so long."""
    flags = QtCore.QEventLoop.ProcessEventsFlag
    if milliseconds:
        QtCore.QCoreApplication.processEvents(
            flags.WaitForMoreEvents | flags.AllEvents, milliseconds
        )
    else:
        QtCore.QCoreApplication.processEvents(flags.AllEvents)
    # Qt leaves objects that are to be deleted later alone while no loop runs.
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
