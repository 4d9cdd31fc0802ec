"""A training run as its folder tells of it: how it was begun, whether it runs, how it ended.

Besides what training itself writes there (``run.json``, checkpoints, the model) the folder holds
``launch.json``, the command; ``events.jsonl``, what the command has said; ``errors.log``, its
standard error; ``stop``, which asks it to stop; and ``lock``, held while it runs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from MotionQCLib.file_lock import is_held

_LAST_BYTES = 20_000


class RunState(Enum):
    """How a run folder stands."""

    NEW = "new"
    """No run has begun in it."""
    RUNNING = "running"
    UNFINISHED = "unfinished"
    """A run has stopped, or failed, or is gone; the same command goes on from there."""
    COMPLETE = "complete"
    FOREIGN = "foreign"
    """A run that was begun by other means; nothing is known of its command."""


@dataclass(frozen=True)
class RunFolder:
    """The folder of a run; it need not exist yet."""

    path: Path

    @property
    def lock(self) -> Path:
        """Held by the process that runs."""
        return self.path / "lock"

    @property
    def events(self) -> Path:
        """What the run has said in all its sessions, one JSON object a line."""
        return self.path / "events.jsonl"

    @property
    def errors(self) -> Path:
        """Standard error of the last session."""
        return self.path / "errors.log"

    @property
    def stop_file(self) -> Path:
        """Its appearance asks the run to stop."""
        return self.path / "stop"

    @property
    def state(self) -> RunState:
        """How the folder stands, whoever runs in it."""
        if is_held(self.lock):
            return RunState.RUNNING
        if self.last_session().get("outcome") == "complete":
            return RunState.COMPLETE
        if self.words():
            return RunState.UNFINISHED
        return RunState.FOREIGN if self._record() else RunState.NEW

    def words(self) -> list[str]:
        """Return the command that was begun here, or none."""
        words = _object(self.path / "launch.json").get("command")
        return [str(word) for word in words] if isinstance(words, list) else []

    def last_session(self) -> dict[str, Any]:
        """Return what ``run.json`` says of the newest session; nothing where there is none."""
        sessions = self._record().get("sessions")
        last = sessions[-1] if isinstance(sessions, list) and sessions else None
        return last if isinstance(last, dict) else {}

    def prepare(self, words: Sequence[str]) -> None:
        """Make the folder ready for a session of a command, and forget older requests to stop.

        Raises
        ------
        OSError
            It cannot be written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self.stop_file.unlink(missing_ok=True)
        self.errors.unlink(missing_ok=True)
        text = json.dumps({"command": list(words)}, indent=1)
        (self.path / "launch.json").write_text(text + "\n", encoding="utf-8")
        with self.events.open("a", encoding="ascii") as stream:
            # A process that was killed may have left half a line.
            stream.write('\n{"type": "session"}\n')

    def ask_to_stop(self) -> None:
        """Ask whatever runs here to stop."""
        if self.path.is_dir():
            self.stop_file.touch()

    def last_errors(self) -> str:
        """Return the end of the last session's standard error."""
        try:
            with self.errors.open("rb") as stream:
                stream.seek(max(0, self.errors.stat().st_size - _LAST_BYTES))
                return stream.read().decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def _record(self) -> dict[str, Any]:
        return _object(self.path / "run.json")


def _object(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
