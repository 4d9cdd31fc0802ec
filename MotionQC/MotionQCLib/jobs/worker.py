"""The child's side: ``python -m MotionQCLib.jobs.worker`` takes jobs from standard input.

It ends with its parent: when standard input closes, however busy it is, it deletes the images of
the job at hand and leaves at once.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from typing import IO, Any, NoReturn

from MotionQCLib.errors import InputError
from MotionQCLib.jobs.exchange import delete_folder_of
from MotionQCLib.jobs.messages import Message, decode, encode
from MotionQCLib.jobs.task import Stopped, Task


class Worker:
    """Runs jobs from a stream of lines until it ends.

    Parameters
    ----------
    inbox : binary stream
        The parent's messages.
    outbox : binary stream
        Where messages to the parent go, and nothing else.
    tasks : dict
        What can be run, by name.
    leave : callable
        Ends the process at once when the parent is gone.
    """

    def __init__(
        self,
        inbox: IO[bytes],
        outbox: IO[bytes],
        tasks: dict[str, Task],
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self._inbox, self._outbox, self._tasks, self._leave = inbox, outbox, tasks, leave
        self._waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._at_hand: Message | None = None
        self._to_stop: set[int] = set()

    def serve(self) -> NoReturn:
        """Take jobs until the parent is gone."""
        threading.Thread(target=self._listen, daemon=True).start()
        self._say("ready", pid=os.getpid(), python=sys.version.split()[0])
        while True:
            self._at_hand = self._waiting.get()
            self._run(self._at_hand)
            self._at_hand = None

    def _listen(self) -> None:
        for line in self._inbox:
            message = decode(line)
            if message is None:
                continue
            if message["type"] == "run":
                self._waiting.put(message)
            elif message["type"] == "stop":
                self._to_stop.add(int(message["job"]))
        if self._at_hand is not None:
            delete_folder_of(self._at_hand["arguments"])
        self._leave(0)

    def _run(self, message: Message) -> None:
        job = int(message["job"])

        def progress(stage: str, done: float | None = None) -> None:
            if job in self._to_stop:
                raise Stopped
            self._say("stage", job=job, stage=stage, done=done)

        try:
            progress("starting")
            task = self._tasks[message["task"]]
            self._say("result", job=job, result=task(message["arguments"], progress))
        except Stopped:
            self._say("stopped", job=job)
        except InputError as error:
            self._fail(job, error.code, error.message)
        except ModuleNotFoundError as error:
            text = f"The Python package {error.name} is not installed; install it and try again."
            self._fail(job, "package-missing", text, str(error.name))
        except MemoryError:
            self._fail(job, "out-of-memory", "Memory ran out; close other programs and try again.")
        except Exception as error:
            text = f"A defect of MotionQC ({type(error).__name__}); please report it."
            self._fail(job, "defect", text, traceback.format_exc())

    def _fail(self, job: int, code: str, message: str, details: str = "") -> None:
        self._say("failed", job=job, code=code, message=message, details=details)

    def _say(self, type: str, **fields: Any) -> None:
        self._outbox.write(encode(type, **fields))
        self._outbox.flush()


def main() -> NoReturn:
    """Serve standard input; what libraries print goes to standard error."""
    from MotionQCLib.jobs.tasks import TASKS

    with os.fdopen(os.dup(1), "wb") as outbox:
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        Worker(sys.stdin.buffer, outbox, TASKS).serve()


if __name__ == "__main__":
    main()
