"""What all commands of training have in common."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LIGHT = """
import sys
from MotionQCLib.cli import main
for stage in ("pretrain", "finetune", "tune"):
    words = [stage, "--config", "motionqc", "--data", "none.tsv", "--output", "run"]
    assert main(words) == 2, stage
assert not {"torch", "lightning"} & set(sys.modules)
"""


def test_a_manifest_that_is_not_there_is_told_before_anything_large_is_loaded(
    tmp_path: Path,
) -> None:
    roots = os.pathsep.join(str(REPOSITORY / name) for name in ("MotionQC", "training"))
    done = subprocess.run(
        [sys.executable, "-c", LIGHT],
        env={**os.environ, "PYTHONPATH": roots},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert all("none.tsv: cannot be read as a manifest" in line for line in lines)
