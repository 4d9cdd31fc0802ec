"""A command of the shell in a child process, and what it has said so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from slicer.i18n import tr as _

from MotionQCLib.jobs import Exchange
from MotionQCLib.jobs.command import Command

Start = Callable[[str, Sequence[str], Path, Path], Command]
_ALONE = "-"
_STATUSES_OF_FAULTS = (1, 2)


class ShellCall:
    """One command at a time; what it says lies in a private folder until the call is closed.

    Parameters
    ----------
    start : callable
        Starts a command, see :func:`~MotionQCLib.gui.interpreter.start_command`.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self._command: Command | None = None
        self._private: Exchange | None = None

    @property
    def busy(self) -> bool:
        """Whether a command was begun, and not closed yet."""
        return self._command is not None

    @property
    def pid(self) -> int | None:
        """Process number of the child, if there is one."""
        return self._command.pid if self._command is not None else None

    @property
    def errors(self) -> str:
        """What it has written to its standard error."""
        return self._read("errors", 0).decode("utf-8", "replace").strip()

    def said(self, at: int = 0) -> bytes:
        """Return what it has written to its standard output, from a byte on."""
        return self._read("said", at)

    def begin(self, words: Callable[[Path], Sequence[str]]) -> None:
        """Begin.

        Parameters
        ----------
        words : callable
            Gives the command; told a file that will ask it to stop, should it take one.

        Raises
        ------
        OSError
            Python cannot be started, or no temporary file be written.
        """
        # What a parent that was killed leaves behind is deleted with its other exchange folders.
        self._private = Exchange()
        folder = self._private.folder
        try:
            self._command = self._start(
                _ALONE, words(folder / "stop"), folder / "said", folder / "errors"
            )
        except OSError:
            self.close()
            raise

    def status(self) -> int | None:
        """Return its exit status; None while it runs, or where there is none."""
        return self._command.status() if self._command is not None else None

    def ask_to_stop(self) -> None:
        """Have the file appear that asks it to stop."""
        if self._private is not None:
            (self._private.folder / "stop").touch()

    def kill(self) -> None:
        """End the child at once; what it has said can still be read."""
        if self._command is not None:
            self._command.kill()

    def close(self) -> None:
        """End the child at once if it still runs, and delete its private files."""
        self.kill()
        self._command = None
        if self._private is not None:
            self._private.close()
            self._private = None

    def fault(self, status: int) -> str:
        """Return why the command could not do its work, in one line for people."""
        lines = [line for line in self.errors.splitlines() if line.startswith("motionqc: ")]
        # One that was killed had no last word; what it said before was about scans.
        if lines and status in _STATUSES_OF_FAULTS:
            return lines[-1].removeprefix("motionqc: ")
        return _("The computing process ended before it was done; try again.")

    def _read(self, name: str, at: int) -> bytes:
        if self._private is None:
            return b""
        try:
            with (self._private.folder / name).open("rb") as stream:
                stream.seek(at)
                return stream.read()
        except OSError:
            return b""
