"""Every preset runs from the shell to a model, on miniature heads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.cli import main
from MotionQCLib.models import load_bundle
from MotionQCTraining.config_file import load_config, presets
from MotionQCTraining.data.manifest import read_manifest, write_manifest
from MotionQCTraining.tune import Search, _check_extremes
from MotionQCTraining.tune_config import TuneConfig

SMALL = {
    "pretrain": (
        "grid=[64, 64, 64]",
        "samples.crop=[32, 32, 32]",
        "validation=0.25",
        "test=0.25",
        "validation_draws=1",
        "whole_volumes=2",
        "batch=1",
        "steps=2",
        "epoch=2",
        "warmup=1",
        "workers=0",
    ),
    "finetune": (
        "folds=2",
        "repeats=1",
        "inner=3",
        "epochs=4",
        "draws=50",
        "least_scans=3",
        "least_subjects=3",
    ),
}


def command(stage: str, preset: str, data: Path, output: Path) -> list[str]:
    words = [stage, "--config", preset, "--data", str(data), "--output", str(output)]
    return [*words, *(word for field in SMALL[stage] for word in ("--set", field))]


@pytest.mark.parametrize("name", presets("pretrain"))
def test_a_preset_of_pretraining_makes_a_model(
    name: str, small_dataset: Path, tmp_path: Path
) -> None:
    assert main(command("pretrain", name, small_dataset, tmp_path)) == 0
    (model,) = (tmp_path / "model").glob("*.safetensors")
    assert load_bundle(model).metadata.architecture.grid == (64, 64, 64)


@pytest.mark.parametrize("name", presets("finetune"))
def test_a_preset_of_fine_tuning_makes_a_model(
    name: str, small_dataset: Path, a_base_file: Path, tmp_path: Path
) -> None:
    rows = [
        replace(row, rating=str(number // 2 % 2))
        for number, row in enumerate(read_manifest(small_dataset))
    ]
    write_manifest(rows, tmp_path / "rated.tsv")
    words = command("finetune", name, tmp_path / "rated.tsv", tmp_path / "run")
    assert main([*words, "--model", str(a_base_file)]) == 0
    (model,) = (tmp_path / "run" / "model").glob("*.safetensors")
    assert load_bundle(model).metadata.ratings is not None


@pytest.mark.parametrize("name", presets("tune"))
def test_a_preset_of_a_search_varies_fields_that_there_are(name: str, tmp_path: Path) -> None:
    config = load_config(name, TuneConfig)
    _check_extremes(Search(config, (), tmp_path, tmp_path, "none"))
