"""Doing something once, soon, however often it was asked for."""

from __future__ import annotations

from collections.abc import Callable

import qt


class Later:
    """A single-shot timer with its action.

    Parameters
    ----------
    ms : int
        How long to wait from the first request; 0 is when the event loop comes round.
    act : callable
        What to do.
    restart : bool
        Count from the last request instead.
    """

    def __init__(self, ms: int, act: Callable[[], None], *, restart: bool = False) -> None:
        self._restart = restart
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(ms)
        self._timer.connect("timeout()", act)

    def request(self) -> None:
        """Ask for the action."""
        if self._restart or not self._timer.active:
            self._timer.start()

    def cancel(self) -> None:
        """Forget a request."""
        self._timer.stop()
