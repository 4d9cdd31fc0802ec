"""A run's folder says what the run was."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from MotionQCLib import __version__
from MotionQCTraining.config_file import load_config
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.run_record import write_run_record


def test_configuration_data_and_versions_are_written(tmp_path: Path) -> None:
    manifest = tmp_path / "scans.tsv"
    manifest.write_text("path\n")
    config = FinetuneConfig(classes=("gut", "mäßig"), weights={"gut": 2.0})
    record = write_run_record(tmp_path / "run", config, manifest, base={"name": "a base"})
    assert json.loads((tmp_path / "run" / "run.json").read_text("utf-8")) == record
    assert record["manifest"]["sha256"] == hashlib.sha256(b"path\n").hexdigest()
    assert record["versions"]["motionqc"] == __version__
    assert record["base"] == {"name": "a base"}
    assert record["configuration"]["classes"] == ["gut", "mäßig"]


def test_the_configuration_as_used_can_be_used_again(tmp_path: Path) -> None:
    (tmp_path / "scans.tsv").write_text("path\n")
    config = FinetuneConfig(classes=("gut", "mäßig"), ordinal=True, weights={"gut": 2.0})
    write_run_record(tmp_path, config, tmp_path / "scans.tsv")
    assert load_config(tmp_path / "finetune.yaml", FinetuneConfig) == config
