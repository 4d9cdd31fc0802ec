"""A lock that ends with its holder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from MotionQCLib.file_lock import hold, is_held
from MotionQCLib.jobs.child import child_environment

HOLDER = (
    "import pathlib, sys; from MotionQCLib.file_lock import hold\n"
    "held = hold(pathlib.Path(sys.argv[1])); print(held is not None, flush=True); input()"
)


def holder(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )


def test_a_lock_is_held_by_one_process_and_freed_when_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    with holder(path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        assert is_held(path)
        assert hold(path) is None
        process.kill()
    assert not is_held(path)
    held = hold(path)
    assert held is not None
    held.close()
