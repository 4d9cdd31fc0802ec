"""`QTimer.singleShot(milliseconds, callable)`, the one form that Slicer offers to Python.

PySide's own would look up the timer's `connect` in Python, and find PythonQt's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore

# Timers that have not fired yet: nobody else refers to them.
_waiting: set[Any] = set()


def single_shot(milliseconds: int, target: Callable[[], Any]) -> None:
    """Call something once, after a while."""
    if not callable(target):
        raise TypeError(f"QTimer.singleShot takes milliseconds and a callable, not {target!r}")
    timer = QtCore.QTimer()

    def fire() -> None:
        _waiting.discard(timer)
        target()

    timer.setSingleShot(True)
    timer.connect("timeout()", fire)
    _waiting.add(timer)
    timer.start(milliseconds)
