"""A folder of scans, scored by the shell's own command in a child process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from MotionQCLib.gui.pace import Pace
from MotionQCLib.gui.scoring import ScoringChoices
from MotionQCLib.gui.shell_call import ShellCall, Start

Document = dict[str, Any]
"""What ``motionqc score --json`` says of a scan."""


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
        self._call = ShellCall(start)
        self._at = 0
        self.pace = Pace()
        self.before = 0
        self.stopping = False

    @property
    def busy(self) -> bool:
        """Whether a folder is being scored."""
        return self._call.busy

    @property
    def pid(self) -> int | None:
        """Process number of the child, if there is one."""
        return self._call.pid

    @property
    def details(self) -> str:
        """What the child has written to its standard error."""
        return self._call.errors

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
        self._call.begin(order.words)

    def poll(self) -> tuple[list[Document], int | None]:
        """Return what was said of scans since the last call, and once it has ended its status."""
        # First the status: what was said before the end is then all there.
        status = self._call.status()
        return [document for line in self._lines() if (document := self._take(line))], status

    def stop(self) -> None:
        """Stop after the scan at hand; a second time: at once."""
        if self.stopping:
            self._call.kill()
        else:
            self.stopping = True
            self._call.ask_to_stop()

    def close(self) -> None:
        """End the child at once if it still runs, and delete its private files."""
        self._call.close()

    def complete(self, status: int) -> bool:
        """Whether every scan was seen to and nothing but scans was at fault."""
        pace = self.pace
        usual = status > 0 if pace.failed else status == 0
        return usual and 0 < pace.total == pace.done

    def fault(self, status: int) -> str:
        """Return why the command could not do its work, in one line for people."""
        return self._call.fault(status)

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
        new = self._call.said(self._at)
        whole = new[: new.rfind(b"\n") + 1]
        self._at += len(whole)
        return whole.splitlines()
