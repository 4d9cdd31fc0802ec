"""One training run at a time, watched without blocking, so that a timer can drive it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from MotionQCLib.jobs.command import Command
from MotionQCLib.jobs.run_folder import RunFolder, RunState
from MotionQCLib.jobs.run_log import RunLog

STOP_GRACE_S = 120.0
"""How long a run may take to stop: to the end of its step, or of its look at the validation set."""


class TrainingRun:
    """The run of a folder, begun here, begun earlier, or still to begin.

    Parameters
    ----------
    start : callable
        Starts a command in a run folder.
    clock : callable
        Seconds, for what is too late.
    """

    def __init__(
        self,
        start: Callable[[RunFolder, Sequence[str]], Command],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._start, self._clock = start, clock
        self._command: Command | None = None
        self._stopping_since: float | None = None
        self.folder: RunFolder | None = None
        self.log = RunLog(Path())
        self.state = RunState.NEW
        self.status: int | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the run, where it was begun here and runs."""
        return self._command.pid if self._command is not None else None

    @property
    def running(self) -> bool:
        """Whether something runs in the folder."""
        return self.state is RunState.RUNNING

    @property
    def stopping(self) -> bool:
        """Whether it has been asked to stop and has not yet."""
        return self.running and self._stopping_since is not None

    @property
    def own(self) -> bool:
        """Whether the run was begun here, so that it can be ended at once."""
        return self._command is not None

    def look_at(self, path: Path | None) -> None:
        """Turn to another folder, or to none.

        Raises
        ------
        RuntimeError
            The run of the folder before is one's own and still runs.
        """
        if self._command is not None:
            raise RuntimeError("a run is under way; stop it or wait for its end")
        self.folder = RunFolder(path) if path is not None else None
        self.log = RunLog(self.folder.events if self.folder else Path())
        self.status = self._stopping_since = None
        self.log.read()
        self.state = self.folder.state if self.folder else RunState.NEW

    def begin(self, words: Sequence[str]) -> None:
        """Begin a command in the folder, or go on with it.

        Raises
        ------
        OSError
            The folder cannot be written, or Python not be started.
        RuntimeError
            There is no folder, or something runs in it.
        """
        if self.folder is None or self.folder.state is RunState.RUNNING:
            raise RuntimeError("choose a folder in which nothing runs")
        self.folder.prepare(words)
        self._command = self._start(self.folder, words)
        self.status = self._stopping_since = None
        self.state = RunState.RUNNING
        # Anew, for the folder may have been emptied since the last look.
        self.log = RunLog(self.folder.events)
        self.log.read()

    def stop(self) -> None:
        """Ask the run to write a checkpoint and stop; a second time: end it at once."""
        if self.folder is None or not self.running:
            return
        if self._stopping_since is None:
            self._stopping_since = self._clock()
            self.folder.ask_to_stop()
        elif self._command is not None:
            self._command.kill()

    def poll(self) -> bool:
        """Hear what the run has said and whether it has ended; whether there is anything new."""
        if self.folder is None or not self.running:
            return False
        heard = self.log.read()
        if self._command is None:
            over = self.folder.state is not RunState.RUNNING
        else:
            self._press(self._command)
            self.status = self._command.status()
            over = self.status is not None
        if over:
            self._end()
        return heard or over

    def close(self) -> None:
        """Let go of a run of one's own: it writes a checkpoint, stops and ends by itself."""
        if self._command is not None:
            assert self.folder is not None
            self.folder.ask_to_stop()
            self._command.let_go()
            self._command = None

    def _press(self, command: Command) -> None:
        since = self._stopping_since
        if since is not None and self._clock() - since > STOP_GRACE_S:
            command.kill()

    def _end(self) -> None:
        assert self.folder is not None
        if self._command is not None:
            self._command.kill()  # what it may have started, too
            self._command = None
        self.log.read()
        self._stopping_since = None
        self.folder.stop_file.unlink(missing_ok=True)
        self.state = self.folder.state
