"""A run's folder says what the run was, when it ran and how that ended."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from pathlib import Path

import pytest

from MotionQCLib import __version__
from MotionQCTraining import run_record
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.run_record import RunRecord


@pytest.fixture
def a_manifest(tmp_path: Path) -> Path:
    path = tmp_path / "scans.tsv"
    path.write_text("path\n")
    return path


def read(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text("utf-8"))


def test_configuration_data_versions_and_machine_are_written(
    tmp_path: Path, a_manifest: Path
) -> None:
    config = FinetuneConfig(classes=("gut", "mäßig"), weights={"gut": 2.0})
    RunRecord(tmp_path / "run", config, a_manifest, base={"name": "a base"})
    record = read(tmp_path / "run")
    assert record["manifest"]["sha256"] == hashlib.sha256(b"path\n").hexdigest()
    assert record["versions"]["motionqc"] == __version__
    assert record["versions"]["python"] == platform.python_version()
    assert {"torch", "lightning", "numpy"} <= set(record["versions"])
    assert record["machine"]["processors"] == os.cpu_count()
    assert record["base"] == {"name": "a base"}
    assert record["configuration"]["classes"] == ["gut", "mäßig"]


def test_the_configuration_as_used_can_be_used_again(tmp_path: Path, a_manifest: Path) -> None:
    config = FinetuneConfig(classes=("gut", "mäßig"), ordinal=True, weights={"gut": 2.0})
    RunRecord(tmp_path, config, a_manifest)
    assert load_config(tmp_path / "finetune.yaml", FinetuneConfig) == config


def test_every_session_is_kept_with_its_times_and_its_end(tmp_path: Path, a_manifest: Path) -> None:
    RunRecord(tmp_path, PretrainConfig(), a_manifest).end("stopped")
    second = RunRecord(tmp_path, PretrainConfig(), a_manifest)
    assert [s["outcome"] for s in read(tmp_path)["sessions"]] == ["stopped", "running"]
    assert read(tmp_path)["sessions"][1]["process"] == os.getpid()
    second.end("complete", model="m.safetensors")
    first, second_session = read(tmp_path)["sessions"]
    assert first["started"] <= first["stopped"] <= second_session["stopped"]
    assert second_session["model"] == "m.safetensors"


@pytest.mark.parametrize("text", ["", "[]", '{"stage": "finetune", "sessions": [{}]}'])
def test_what_is_no_record_of_this_stage_has_no_sessions(
    tmp_path: Path, a_manifest: Path, text: str
) -> None:
    (tmp_path / "run.json").write_text(text)
    RunRecord(tmp_path, PretrainConfig(), a_manifest)
    assert len(read(tmp_path)["sessions"]) == 1


def test_the_commit_is_that_of_our_checkout_and_of_no_other(
    tmp_path: Path, a_manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_record, "_REPOSITORY", tmp_path)
    RunRecord(tmp_path / "run", PretrainConfig(), a_manifest)
    assert "commit" not in read(tmp_path / "run")["versions"]
