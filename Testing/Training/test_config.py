"""Pretraining's configuration: the values that it takes, and every fault named."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config, presets
from MotionQCTraining.synthesis.sample_config import SampleConfig


@pytest.mark.parametrize("name", presets("pretrain"))
def test_every_preset_loads(name: str) -> None:
    assert isinstance(load_config(name, PretrainConfig), PretrainConfig)


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("steps: 7\nsamples: {crop: [32, 64, 32]}\n")
    config = load_config(tmp_path / "c.yaml", PretrainConfig)
    assert (config.steps, config.samples.crop) == (7, (32, 64, 32))
    assert config.learning_rate == PretrainConfig().learning_rate


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("stepz: 7\nseed: often\nsamples: {crop: [32, 64]}\n")
    with pytest.raises(InputError) as caught:
        load_config(tmp_path / "c.yaml", PretrainConfig)
    for fault in ("stepz", "seed must be of type int", "samples.crop must be a list of 3"):
        assert fault in caught.value.message


@pytest.mark.parametrize("text", ["- a list", "steps: [1", "bins: {low: 3, high: 1}"])
def test_what_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(InputError):
        load_config(tmp_path / "c.yaml", PretrainConfig)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("samples: {ramp: 0}", "ramp", "0"),
        ("samples: {group: 0}", "group", "0"),
        ("samples: {crop: [60, 64, 64]}", "crop", "(60, 64, 64)"),
        ("samples: {crop: [40, 64, 64]}", "samples.crop", "(40, 64, 64)"),
        ("samples: {extracted: 1.1}", "extracted", "1.1"),
        ("samples: {airless: -0.1}", "airless", "-0.1"),
        ("samples: {motion: {still: 2}}", "still", "2.0"),
        ("samples: {motion: {smallest_mm: 0}}", "smallest_mm", "0.0"),
        ("samples: {motion: {smallest_mm: 5}}", "smallest_mm", "5.0"),
        ("samples: {appearance: {noisy: 3}}", "noisy", "3.0"),
        ("samples: {appearance: {noise: [0.1, 0.05]}}", "noise", "(0.1, 0.05)"),
        ("samples: {appearance: {noise: [0, 0.05]}}", "noise", "(0.0, 0.05)"),
        ("samples: {appearance: {blur_mm: 0.1}}", "blur_mm", "0.1"),
        ("grid: [160, 190, 160]", "grid", "(160, 190, 160)"),
        ("grid: [96, 128, 128]", "samples.crop", "(64, 64, 64)"),
        ("validation_draws: 0", "validation_draws", "0"),
        ("whole_volumes: 0", "whole_volumes", "0"),
        ("steps: 0", "steps", "0"),
        ("stop_after: 0", "stop_after", "0"),
        ("batch: 0", "batch", "0"),
        ("epoch: 0", "epoch", "0"),
        ("warmup: -1", "warmup", "-1"),
        ("workers: -1", "workers", "-1"),
        ("validation: 0", "validation", "0.0"),
        ("validation: 1.2", "validation", "1.2"),
        ("test: -0.1", "test", "-0.1"),
        ("{validation: 0.5, test: 0.5}", "validation and test", "0.5 and 0.5"),
        ("average: 1", "average", "1.0"),
        ("average: -0.1", "average", "-0.1"),
        ("dropout: 1", "dropout", "1.0"),
        ("learning_rate: .nan", "learning_rate", "nan"),
        ("learning_rate: .inf", "learning_rate", "inf"),
    ],
)
def test_a_value_out_of_its_limits_is_named_with_the_remedy(
    tmp_path: Path, text: str, field: str, value: str
) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(InputError, match="give ") as caught:
        load_config(tmp_path / "c.yaml", PretrainConfig)
    assert f"{field} is {value}" in caught.value.message.replace(" are ", " is ")


def test_faults_of_several_records_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "bins: {count: 1}\nsamples: {ramp: 0, group: 0, motion: {still: 2}}\nstepz: 1\n"
    )
    with pytest.raises(InputError) as caught:
        load_config(tmp_path / "c.yaml", PretrainConfig)
    for fault in ("count is 1", "still is 2", "unknown field stepz"):
        assert fault in caught.value.message


def test_the_names_of_kept_volumes_do_not_change() -> None:
    """Hours of simulated volumes are found again by this text."""
    assert repr(SampleConfig()) == (
        "SampleConfig(crop=(64, 64, 64), group=2, kernel='cubic', displacement_mm=6.0, "
        "displacement_deg=12.0, renewal=800, elastic_mm=8.0, scale=0.06, extracted=0.5, "
        "airless=0.4, defaced=0.2, face_mm=(75.0, 95.0), ramp=1500, "
        "motion=MotionDraws(courses=('steps', 'walk', 'excursions', 'nods', 'drift'), still=0.12, "
        "smallest_mm=0.1, largest_mm=4.0, logarithmic=0.5, centric=0.1, limit_mm=12.0, "
        "limit_deg=10.0), "
        "appearance=Appearance(gamma=0.35, bias=0.4, noise=(0.004, 0.05), noisy=0.75, "
        "blurred=0.15, blur_mm=0.7, gain=0.15))"
    )


def test_an_unknown_name_lists_the_presets() -> None:
    with pytest.raises(InputError, match="motionqc"):
        load_config("bricout1999", PretrainConfig)
