"""Fields given on the command line take the way of those in a file."""

from __future__ import annotations

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config


def test_fields_of_records_are_replaced_and_typed() -> None:
    overrides = [
        "samples.motion.largest_mm=3",
        "steps=200",
        "samples.crop=[32, 64, 32]",
        "learning_rate=5e-4",
        "public_sites.mine={licence: CC0}",
        "stop_after=null",
    ]
    plain = load_config("motionqc", PretrainConfig)
    config = load_config("motionqc", PretrainConfig, overrides)
    assert config.samples.motion.largest_mm == 3.0
    assert (config.steps, config.samples.crop) == (200, (32, 64, 32))
    assert config.learning_rate == 5e-4
    assert set(config.public_sites) == {*plain.public_sites, "mine"}
    assert config.samples.ramp == plain.samples.ramp, "what is not named stays"


def test_the_last_of_two_wins() -> None:
    assert load_config("motionqc", PretrainConfig, ["steps=3", "steps=4"]).steps == 4


def test_all_faults_are_told_in_one_line() -> None:
    overrides = ["stepz=3", "seed=often", "samples.motion.largest=3", "steps", "warmup=[1", "=2"]
    with pytest.raises(InputError) as caught:
        load_config("motionqc", PretrainConfig, overrides)
    for fault in (
        "unknown field stepz",
        "seed must be of type int, got 'often'",
        "unknown field samples.motion.largest",
        "--set 'steps' has no name and value",
        "'[1' is not YAML",
        "--set '=2' has no name",
    ):
        assert fault in caught.value.message


def test_a_value_out_of_its_limits_is_refused_as_in_a_file() -> None:
    with pytest.raises(InputError, match="steps is 0; give a whole number from 1 on"):
        load_config("motionqc", PretrainConfig, ["steps=0"])


def test_a_field_inside_what_is_no_record_is_refused() -> None:
    with pytest.raises(InputError, match=r"steps must be of type int, got \{'more': 1\}"):
        load_config("motionqc", PretrainConfig, ["steps.more=1"])
