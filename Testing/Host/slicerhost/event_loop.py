"""How long the event loop was blocked, and how to wait without blocking it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from PySide6 import QtCore

INTERVAL_MS = 5


class Block(NamedTuple):
    """A time in which no event was handled.

    Parameters
    ----------
    seconds : float
        How long it was.
    computing_s : float
        How much of it the window's thread computed. For the rest it waited: for a disk, or for a
        processor that others had.
    """

    seconds: float
    computing_s: float


class BlockMeter:
    """The longest gap between the ticks of a timer that should tick every 5 ms."""

    def __init__(self) -> None:
        self._timer = QtCore.QTimer()
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.connect("timeout()", self._tick)
        self._begin()

    def reset(self) -> None:
        """Start to measure, or start anew."""
        self._begin()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def longest(self) -> Block:
        """The longest block since the reset, the present one included."""
        block = max(self._longest, self._present())
        return Block(block.seconds - INTERVAL_MS / 1000, block.computing_s)

    def _begin(self) -> None:
        self._longest = Block(0.0, 0.0)
        self._last = time.perf_counter(), time.thread_time()

    def _present(self) -> Block:
        wall, own = self._last
        return Block(time.perf_counter() - wall, time.thread_time() - own)

    def _tick(self) -> None:
        self._longest = max(self._longest, self._present())
        self._last = time.perf_counter(), time.thread_time()


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
