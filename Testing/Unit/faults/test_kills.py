"""Whatever moment a process is killed at, nothing half-written is taken for a result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 100


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_hundred_kills_leave_no_half_result(tmp_path: Path) -> None:
    writer = Path(__file__).with_name("killed_writer.py")
    done = subprocess.run(
        [sys.executable, str(writer), str(tmp_path), str(KILLS)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    kills, hits = map(int, done.stdout.split())
    assert kills == KILLS
    assert hits >= 10, "hardly a kill met a write that had begun"
