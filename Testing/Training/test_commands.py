"""What all commands of training have in common."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from MotionQCLib.cli import main
from MotionQCTraining.config_file import presets

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


@pytest.mark.parametrize("stage", ["pretrain", "finetune", "tune"])
def test_presets_are_named_by_the_help_and_where_there_is_none_of_a_name(
    stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = ", ".join(presets(stage))
    with pytest.raises(SystemExit):
        main([stage, "--help"])
    assert f"a preset ({known})" in " ".join(capsys.readouterr().out.split())
    assert main([stage, "--config", "nope", "--data", "m.tsv", "--output", "run"]) == 2
    assert f"nope: neither a preset ({known}) nor a file" in capsys.readouterr().err
