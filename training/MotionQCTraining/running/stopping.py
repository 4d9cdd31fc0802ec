"""Asking a run to stop: by a file that appears, by a signal, by a call, or when time is up."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


class Stopped(Exception):  # noqa: N818  (not an error: somebody asked for it)
    """The run was asked to stop, and what it has done so far is kept."""


class StopRequest:
    """Whether a run has been asked to stop.

    Parameters
    ----------
    file : Path or None
        A file whose appearance asks for it. It is deleted once the run has obeyed or ended, so that
        the next run is not stopped by it too.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._asked = False
        self._until = float("inf")

    @property
    def asked(self) -> bool:
        """Whether to stop."""
        by_file = self.file is not None and self.file.exists()
        return self._asked or by_file or time.monotonic() >= self._until

    def ask(self) -> None:
        """Ask the run to stop."""
        self._asked = True

    def ask_in(self, seconds: float) -> None:
        """Ask the run to stop once so much time has passed."""
        self._until = time.monotonic() + seconds

    def check(self) -> None:
        """Raise :class:`Stopped` where the run was asked to stop.

        Call it only where all work is on disk.
        """
        if self.asked:
            raise Stopped

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGTERM and Ctrl+C as requests; a second Ctrl+C interrupts at once.

        Outside the main thread, which alone hears signals, nothing is changed.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        self.hear()
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def hear(self) -> None:
        """Take signals from now on, whoever took them before; nothing outside the main thread."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._heard)
            signal.signal(signal.SIGINT, self._heard)

    def _heard(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT and self._asked:
            raise KeyboardInterrupt
        self.ask()

    def settle(self) -> None:
        """Delete the file: the run has ended."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)
