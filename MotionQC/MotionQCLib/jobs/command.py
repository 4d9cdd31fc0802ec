"""A command of the shell in a process of its own, which writes what it says into files.

Files and not pipes: a run goes on while nobody listens, and who comes later can read it all.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from MotionQCLib.jobs.process_tree import own_group, signal_tree

ATTENDED = "MotionQCLib.jobs.attended"


class Command:
    """A running command that ends when its parent does.

    Parameters
    ----------
    python : str
        The interpreter.
    environment : mapping
        Its environment, see :func:`~MotionQCLib.jobs.child.child_environment`.
    folder : str
        The run folder, or ``-``: see :mod:`~MotionQCLib.jobs.attended`.
    words : sequence of str
        The command and its options.
    said, errors : Path
        Files to which standard output and standard error are added.

    Raises
    ------
    OSError
        The interpreter cannot be started, or a file not be written.
    """

    def __init__(
        self,
        python: str,
        environment: Mapping[str, str],
        folder: str,
        words: Sequence[str],
        said: Path,
        errors: Path,
    ) -> None:
        with said.open("ab") as output, errors.open("ab") as error:
            self._process = subprocess.Popen(
                [python, "-u", "-m", ATTENDED, folder, *words],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=error,
                env=dict(environment),
                **own_group(),
            )

    @property
    def pid(self) -> int:
        """Process number."""
        return self._process.pid

    def status(self) -> int | None:
        """Exit status, or None while it runs; never waits."""
        return self._process.poll()

    def kill(self) -> None:
        """End it and what it started, now."""
        signal_tree(self._process, hard=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2.0)
        self.let_go()

    def let_go(self) -> None:
        """Close the pipe that holds it: it stops by itself, in its own time."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
