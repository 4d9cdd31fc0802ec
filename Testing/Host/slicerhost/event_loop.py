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
    """Turn the event loop, idle in between, until something is true.

    Raises
    ------
    TimeoutError
        It did not become true in time.
    """
    end = time.perf_counter() + seconds
    while not predicate():
        left = end - time.perf_counter()
        if left <= 0:
            raise TimeoutError(f"{predicate} was not true within {seconds} s")
        run_for(min(left, INTERVAL_MS / 1000))


def run_for(seconds: float) -> None:
    """Run the event loop for a time. It sleeps while nothing happens, so that children can work."""
    loop = QtCore.QEventLoop()
    timer = QtCore.QTimer()
    timer.setSingleShot(True)
    timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
    timer.connect("timeout()", loop.quit)
    timer.start(max(1, round(1000 * seconds)))
    loop.exec()


def turn() -> None:
    """Handle the events that wait."""
    QtCore.QCoreApplication.processEvents()
    # Qt leaves objects that are to be deleted later alone while no loop runs.
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
