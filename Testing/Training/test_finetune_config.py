"""Fine-tuning's configuration: presets, limits, and which head it gives how many scans."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.config_file import load_config, presets
from MotionQCTraining.finetune_config import FinetuneConfig


@pytest.mark.parametrize("name", presets("finetune"))
def test_every_preset_loads(name: str) -> None:
    assert isinstance(load_config(name, FinetuneConfig), FinetuneConfig)


def test_the_projects_preset_states_the_defaults() -> None:
    assert load_config("motionqc", FinetuneConfig) == FinetuneConfig()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("batch: 1", "batch is 1; give"),
        ("folds: 1", "folds is 1; give"),
        ("dropout: 1", "dropout is 1.0; give"),
        ("level: 1", "level is 1.0; give"),
        ("learning_rate: 0", "learning_rate is 0.0; give"),
        ("weights: {bad: 0}", "weights is {'bad': 0.0}; give"),
        ("classes: [only]", "ratings.classes must be 2 to 50 different names"),
        ("unfrozen: all", "unfrozen must be one of none, projection, block5"),
        ("{folds: 10, least_subjects: 5}", "least_subjects is 5; give at least folds, 10"),
    ],
)
def test_a_value_out_of_its_limits_is_named(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_config(tmp_path / "c.yaml", FinetuneConfig)
    assert fault in caught.value.message


def test_few_scans_get_a_linear_head_of_averages_and_many_one_of_the_map() -> None:
    config = FinetuneConfig(map_from=100, hidden=7)
    few, many = config.head(("a", "b"), 99), config.head(("a", "b"), 100)
    assert (few.features, few.hidden) == ("average", 0)
    assert (many.features, many.hidden) == ("map", 7)


def test_a_choice_of_features_holds_for_any_number() -> None:
    assert FinetuneConfig(features="map").head(("a", "b"), 3).features == "map"
