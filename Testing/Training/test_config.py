"""Configurations: every preset loads, every fault is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.config import PretrainConfig, load_config, presets


@pytest.mark.parametrize("name", presets())
def test_every_preset_loads(name: str) -> None:
    assert isinstance(load_config(name), PretrainConfig)


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("steps: 7\nsamples: {crop: [32, 64, 32]}\n")
    config = load_config(tmp_path / "c.yaml")
    assert (config.steps, config.samples.crop) == (7, (32, 64, 32))
    assert config.learning_rate == PretrainConfig().learning_rate


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("stepz: 7\nseed: often\nsamples: {crop: [32, 64]}\n")
    with pytest.raises(InputError) as caught:
        load_config(tmp_path / "c.yaml")
    for fault in ("stepz", "seed must be of type int", "samples.crop must be a list of 3"):
        assert fault in caught.value.message


@pytest.mark.parametrize("text", ["- a list", "steps: [1", "bins: {low: 3, high: 1}"])
def test_what_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(InputError):
        load_config(tmp_path / "c.yaml")


def test_an_unknown_name_lists_the_presets() -> None:
    with pytest.raises(InputError, match="motionqc"):
        load_config("bricout1999")
