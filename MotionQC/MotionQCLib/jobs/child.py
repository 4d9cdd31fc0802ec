"""A child Python and its whole process tree: start, talk, listen without blocking, end."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from MotionQCLib.jobs.messages import Message, decode, encode
from MotionQCLib.jobs.process_tree import own_group, signal_tree

WORKER = "MotionQCLib.jobs.worker"
_DETAIL_LINES = 200


class Child:
    """A running worker.

    Parameters
    ----------
    python : str
        The interpreter.
    environment : mapping
        Its environment, see :func:`child_environment`.
    module : str
        What it runs with ``-m``.

    Raises
    ------
    OSError
        If the interpreter cannot be started.
    """

    def __init__(self, python: str, environment: Mapping[str, str], module: str = WORKER) -> None:
        self._process = subprocess.Popen(
            [python, "-u", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            **own_group(),
        )
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._details: deque[str] = deque(maxlen=_DETAIL_LINES)
        # Threads that only wait for a line: in Slicer an idle event loop starves any other kind.
        self._readers = [
            threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._keep_details, args=(self._process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Process number."""
        return self._process.pid

    @property
    def details(self) -> str:
        """The last lines of its standard error."""
        return "\n".join(self._details)

    def send(self, type: str, **fields: object) -> None:
        """Send a message; one to a child that is gone is lost, which :meth:`ended` then says."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(encode(type, **fields))
            self._process.stdin.flush()

    def messages(self) -> list[Message]:
        """Take what has arrived since the last call; never waits."""
        taken = []
        while not self._messages.empty():
            taken.append(self._messages.get())
        return taken

    def ended(self) -> int | None:
        """Exit status once the child is gone and all it said has been taken, else None."""
        if self._process.poll() is None or self._readers[0].is_alive():
            return None
        return self._process.returncode if self._messages.empty() else None

    def terminate(self) -> None:
        """Ask the whole tree to end."""
        signal_tree(self._process, hard=False)

    def kill(self) -> None:
        """End the whole tree now."""
        signal_tree(self._process, hard=True)

    def close(self) -> None:
        """Kill what is left, and let go of pipes and threads."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2.0)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _listen(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                message = decode(line)
                if message is not None:
                    self._messages.put(message)

    def _keep_details(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                self._details.append(line.decode("utf-8", "replace").rstrip())


def child_environment(extra_paths: Sequence[Path] = ()) -> dict[str, str]:
    """Return the current environment, made fit for a child that imports these packages.

    Parameters
    ----------
    extra_paths : sequence of Path
        Folders to import from besides this package's own, for example the training package's.
    """
    environment = dict(os.environ)
    ours = [Path(__file__).parents[2], *extra_paths]
    inherited = environment.get("PYTHONPATH", "")
    paths = [*map(str, ours), *([inherited] if inherited else [])]
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    environment["PYTHONIOENCODING"] = "utf-8"
    # Slicer's own ITK plug-ins crash a Python that is not Slicer's.
    environment["ITK_AUTOLOAD_PATH"] = ""
    return environment
