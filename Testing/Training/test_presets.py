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

from .tiny_run import PRESET as TINY_PRESET
from .tiny_run import TinyRun, command, the_model

FINETUNE = (
    "folds=2",
    "repeats=1",
    "inner=3",
    "epochs=4",
    "draws=50",
    "least_scans=3",
    "least_subjects=3",
)


@pytest.mark.parametrize("name", presets("pretrain"))
def test_a_preset_of_pretraining_makes_a_model(
    name: str, a_tiny_run: TinyRun, small_dataset: Path, tmp_path: Path
) -> None:
    folder = a_tiny_run.folder
    if name != TINY_PRESET:
        folder = tmp_path
        a_tiny_run.lend_scans(folder)
        fields = ("steps=2", "whole.events=1")
        assert main(command(small_dataset, folder, preset=name, fields=fields)) == 0
    assert load_bundle(the_model(folder)).metadata.architecture.grid == (64, 64, 64)


@pytest.mark.parametrize("name", presets("finetune"))
def test_a_preset_of_fine_tuning_makes_a_model(
    name: str, small_dataset: Path, a_base_file: Path, tmp_path: Path
) -> None:
    rows = [
        replace(row, rating=str(number // 2 % 2))
        for number, row in enumerate(read_manifest(small_dataset))
    ]
    write_manifest(rows, tmp_path / "rated.tsv")
    words = ["finetune", "--config", name, "--data", str(tmp_path / "rated.tsv")]
    words += [word for field in FINETUNE for word in ("--set", field)]
    assert main([*words, "--output", str(tmp_path / "run"), "--model", str(a_base_file)]) == 0
    assert load_bundle(the_model(tmp_path / "run")).metadata.ratings is not None


@pytest.mark.parametrize("name", presets("tune"))
def test_a_preset_of_a_search_varies_fields_that_there_are(name: str, tmp_path: Path) -> None:
    config = load_config(name, TuneConfig)
    _check_extremes(Search(config, (), tmp_path, tmp_path, "none"))
