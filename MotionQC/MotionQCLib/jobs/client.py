"""The parent's side of a job: submit, poll, stop; never blocks, so a timer can drive it."""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from MotionQCLib.jobs.child import Child
from MotionQCLib.jobs.messages import Message

STOP_GRACE_S = 0.6
"""How long a child may take to stop by itself."""
KILL_GRACE_S = 0.6
"""How long it may take to end once its tree has been told to."""
IDLE_S = 900.0
"""How long a warm child waits for the next job: it holds some hundred megabytes."""


class JobState(Enum):
    """What a client is doing."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


@dataclass(frozen=True)
class Failure:
    """Why a job has no result.

    Parameters
    ----------
    code : str
        Stable, for programs: an ``InputError``'s, ``package-missing``, ``defect`` or
        ``child-died``.
    message : str
        One line for people.
    details : str
        What the child wrote to its standard error, for *Show details*; may be empty.
    """

    code: str
    message: str
    details: str = ""


def _ignore(*_: object) -> None:
    """Hear nothing."""


@dataclass(frozen=True)
class Listener:
    """Whom a job tells; ``finished``, ``failed`` or ``stopped`` is called once, last of all."""

    finished: Callable[[dict[str, Any]], None]
    failed: Callable[[Failure], None]
    stopped: Callable[[], None] = _ignore
    stage: Callable[[str, float | None], None] = _ignore


class JobClient:
    """Runs jobs one after the other in a child that stays warm between them.

    Parameters
    ----------
    start : callable
        Starts a child; called when there is none.
    clock : callable
        Seconds, for what is too late.
    """

    def __init__(
        self, start: Callable[[], Child], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._start = start
        self._clock = clock
        self._child: Child | None = None
        self._numbers = itertools.count(1)
        self._job = 0
        self._listener: Listener | None = None
        self._since = clock()
        self._told_to_end = False
        self.state = JobState.IDLE

    @property
    def pid(self) -> int | None:
        """Process number of the child, if there is one."""
        return self._child.pid if self._child else None

    def submit(self, task: str, arguments: dict[str, Any], listener: Listener) -> None:
        """Begin a job.

        Raises
        ------
        RuntimeError
            If one is running already.
        """
        if self.state is not JobState.IDLE:
            raise RuntimeError(f"a job is {self.state.value}; stop it or wait for its end")
        self._listener = listener
        self._job = next(self._numbers)
        if self._child is not None and self._child.ended() is not None:
            self._drop_child()
        if self._child is None:
            try:
                self._child = self._start()
            except OSError as error:
                reason = error.strerror or type(error).__name__
                self._end(Failure("child-died", f"Python could not be started ({reason})."))
                return
            self._enter(JobState.STARTING)
        else:
            self._enter(JobState.RUNNING)
        self._child.send("run", job=self._job, task=task, arguments=arguments)

    def stop(self) -> None:
        """Stop the job: by itself if it does so soon, else its whole tree is ended."""
        if self.state in (JobState.STARTING, JobState.RUNNING):
            assert self._child is not None
            self._child.send("stop", job=self._job)
            self._enter(JobState.STOPPING)

    def poll(self) -> None:
        """Hear what the child said and tell the listener; call it every tenth of a second."""
        child = self._child
        if child is None:
            return
        for message in child.messages():
            self._hear(message)
        if self._child is not child:
            return
        status = child.ended()
        if status is not None:
            self._lose_child(status)
        elif self.state is JobState.STOPPING:
            self._press(child)
        elif self.state is JobState.IDLE and self._clock() - self._since > IDLE_S:
            self._drop_child()

    def close(self) -> None:
        """End the child and its tree now; a running job's listener hears ``stopped``."""
        self._drop_child()
        if self.state is not JobState.IDLE:
            self._end(None)

    def _hear(self, message: Message) -> None:
        if message["type"] == "ready":
            if self.state is JobState.STARTING:
                self._enter(JobState.RUNNING)
            return
        if message.get("job") != self._job or self._listener is None:
            return
        if message["type"] == "stage" and self.state is not JobState.STOPPING:
            self._listener.stage(str(message["stage"]), message["done"])
        elif message["type"] == "result":
            # A job that ended while it was being stopped is stopped all the same.
            if self.state is JobState.STOPPING:
                self._drop_child()
            self._end(message["result"])
        elif message["type"] == "failed":
            details = "\n".join(filter(None, [message["details"], self._details()]))
            self._end(Failure(message["code"], message["message"], details))
        elif message["type"] == "stopped":
            self._drop_child()
            self._end(None)

    def _press(self, child: Child) -> None:
        late = self._clock() - self._since
        if late > STOP_GRACE_S + KILL_GRACE_S:
            child.kill()
        elif late > STOP_GRACE_S and not self._told_to_end:
            self._told_to_end = True
            child.terminate()

    def _lose_child(self, status: int) -> None:
        stopping, running = self.state is JobState.STOPPING, self.state is not JobState.IDLE
        details = self._details()
        self._drop_child()
        if stopping:
            self._end(None)
        elif running:
            self._end(Failure("child-died", _describe(status), details))

    def _end(self, outcome: dict[str, Any] | Failure | None) -> None:
        """Go idle first: a listener may submit the next job."""
        stopping, listener = self.state is JobState.STOPPING, self._listener
        self._listener = None
        self._enter(JobState.IDLE)
        if listener is None:
            return
        if isinstance(outcome, Failure):
            listener.failed(outcome)
        elif outcome is None or stopping:
            listener.stopped()
        else:
            listener.finished(outcome)

    def _enter(self, state: JobState) -> None:
        self.state = state
        self._since = self._clock()
        self._told_to_end = False

    def _drop_child(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def _details(self) -> str:
        return self._child.details if self._child else ""


def _describe(status: int) -> str:
    if status < 0:
        try:
            how = f"was ended by {signal.Signals(-status).name}"
        except ValueError:
            how = f"was ended by signal {-status}"
    else:
        how = f"ended by itself (exit status {status})"
    return (
        f"The computing process {how} before it was done; nothing was changed. "
        "Try again; if memory is short, close other programs first."
    )
