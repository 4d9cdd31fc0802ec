"""A folder of scans, scored by the shell's own command in a child process."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.gui.pace import Pace
from MotionQCLib.gui.scoring import ScoringChoices
from MotionQCLib.jobs import Exchange
from MotionQCLib.jobs.command import Command

Start = Callable[[str, Sequence[str], Path, Path], Command]
Document = dict[str, Any]
"""What ``motionqc score --json`` says of a scan."""
_ALONE = "-"
_STATUSES_OF_FAULTS = (1, 2)


@dataclass(frozen=True)
class FolderOrder:
    """What shall be done.

    Parameters
    ----------
    folder : Path
        The scans.
    output : Path
        Where reports go, and are found again.
    choices : ScoringChoices
        How scans are scored.
    """

    folder: Path
    output: Path
    choices: ScoringChoices

    def words(self, stop_file: Path) -> list[str]:
        """Return the command of the shell."""
        words = ["score", str(self.folder), "--output", str(self.output)]
        words += ["--model", self.choices.model, "--device", self.choices.device]
        if self.choices.site_limits:
            words += ["--site-limits", self.choices.site_limits]
        # Slicer's Python is a launcher's, from which no workers can be spawned.
        words += ["--workers", "1"]
        return [*words, "--json", "--count", "--stop-file", str(stop_file)]


class FolderScoring:
    """Scores one folder at a time; what is done stays done, however it ends.

    Parameters
    ----------
    start : callable
        Starts a command, see :func:`~MotionQCLib.gui.interpreter.start_command`.

    Attributes
    ----------
    pace : Pace
        How far it is.
    before : int
        Scans that had a report when it began.
    stopping : bool
        Whether it has been asked to stop.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self._command: Command | None = None
        self._private: Exchange | None = None
        self._at = 0
        self.pace = Pace()
        self.before = 0
        self.stopping = False

    @property
    def busy(self) -> bool:
        """Whether a folder is being scored."""
        return self._command is not None

    @property
    def pid(self) -> int | None:
        """Process number of the child, if there is one."""
        return self._command.pid if self._command is not None else None

    @property
    def details(self) -> str:
        """What the child has written to its standard error."""
        if self._private is None:
            return ""
        try:
            return (self._private.folder / "errors").read_text("utf-8", errors="replace").strip()
        except OSError:
            return ""

    def begin(self, order: FolderOrder) -> None:
        """Begin.

        Raises
        ------
        OSError
            Python cannot be started, or no temporary file be written.
        """
        self._at = self.before = 0
        self.stopping = False
        self.pace.begin(0)
        # What a parent that was killed leaves behind is deleted with its other exchange folders.
        self._private = Exchange()
        folder = self._private.folder
        words = order.words(self._stop_file)
        try:
            self._command = self._start(_ALONE, words, folder / "said", folder / "errors")
        except OSError:
            self.close()
            raise

    def poll(self) -> tuple[list[Document], int | None]:
        """Return what was said of scans since the last call, and once it has ended its status."""
        # First the status: what was said before the end is then all there.
        status = self._command.status() if self._command is not None else None
        return [document for line in self._lines() if (document := self._take(line))], status

    def stop(self) -> None:
        """Stop after the scan at hand; a second time: at once."""
        if self._command is None:
            return
        if self.stopping:
            self._command.kill()
        else:
            self.stopping = True
            self._stop_file.touch()

    def close(self) -> None:
        """End the child at once if it still runs, and delete its private files."""
        if self._command is not None:
            self._command.kill()
            self._command = None
        if self._private is not None:
            self._private.close()
            self._private = None

    def fault(self, status: int) -> str:
        """Return why the command could not do its work, in one line for people."""
        lines = [line for line in self.details.splitlines() if line.startswith("motionqc: ")]
        # One that was killed had no last word; what it said before was about scans.
        if lines and status in _STATUSES_OF_FAULTS:
            return lines[-1].removeprefix("motionqc: ")
        return _("The computing process ended before it was done; try again.")

    @property
    def _stop_file(self) -> Path:
        assert self._private is not None
        return self._private.folder / "stop"

    def _take(self, line: bytes) -> Document | None:
        """A scan's document; the count, which comes first, is kept."""
        try:
            document = json.loads(line)
        except ValueError:
            return None
        if not isinstance(document, dict):
            return None
        if "input" not in document:
            self.before = int(document["done"])
            self.pace.begin(int(document["scans"]), self.before)
            return None
        self.pace.advance(failed="error" in document)
        return document

    def _lines(self) -> list[bytes]:
        """Whole lines that are new."""
        if self._private is None:
            return []
        try:
            with (self._private.folder / "said").open("rb") as stream:
                stream.seek(self._at)
                new = stream.read()
        except OSError:
            return []
        whole = new[: new.rfind(b"\n") + 1]
        self._at += len(whole)
        return whole.splitlines()
