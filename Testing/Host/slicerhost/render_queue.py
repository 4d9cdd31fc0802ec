"""Views wait here until the event loop turns, so that one turn draws each of them once."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore


class RenderQueue:
    """Which views must be drawn, and how many have been.

    A timer of zero milliseconds draws after the events that are already waiting: the slice views in
    one turn, the plots in the next.
    """

    def __init__(self) -> None:
        self.rendered = 0
        self._waiting: list[Any] = []
        self._paused = 0
        self._timer = QtCore.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self._render_next)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def add(self, view: Any) -> None:
        if view not in self._waiting:
            self._waiting.append(view)
        if not self._paused and not self._timer.active:
            self._timer.start()

    def take(self, view: Any) -> None:
        """Drop a view that is being drawn."""
        if view in self._waiting:
            self._waiting.remove(view)

    def count(self) -> None:
        self.rendered += 1

    def pause(self) -> None:
        self._paused += 1

    def resume(self) -> None:
        self._paused = max(self._paused - 1, 0)
        if not self._paused and self._waiting:
            self._timer.start()

    def _render_next(self) -> None:
        if self._paused or not self._waiting:
            return
        kind = type(self._waiting[0])
        for view in [view for view in self._waiting if type(view) is kind]:
            view.forceRender()
        if self._waiting:
            self._timer.start()

    def render_now(self) -> None:
        """Draw what waits, unless rendering is paused."""
        if not self._paused:
            for view in list(self._waiting):
                view.forceRender()
