"""A search's configuration: ways to draw, and every fault named."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.config_file import load_config, presets
from MotionQCTraining.tune_config import Draw, TuneConfig


@pytest.mark.parametrize("name", presets("tune"))
def test_every_preset_loads(name: str) -> None:
    assert load_config(name, TuneConfig).search


def test_a_search_is_read_with_values_of_any_kind(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        "fixed: {steps: 40, samples.crop: [32, 32, 32]}\n"
        "search:\n"
        "  learning_rate: {log_uniform: [1e-4, 0.01]}\n"
        "  batch: {choice: [1, 2, 4]}\n"
        "  samples.group: {integer: [1, 3]}\n"
    )
    config = load_config(tmp_path / "t.yaml", TuneConfig)
    assert config.fixed == {"steps": 40, "samples.crop": [32, 32, 32]}
    assert config.search["learning_rate"] == Draw(log_uniform=(1e-4, 0.01))
    assert config.search["batch"].extremes == (1, 2, 4)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("search: {}", "give at least one field to search over"),
        ("search: {a: {}}", "none is given; give one of log_uniform"),
        ("search: {a: {uniform: [0, 1], choice: [1]}}", "uniform, choice is given"),
        ("search: {a: {uniform: [1, 0]}}", "give the lowest and the highest value"),
        ("search: {a: {integer: [1]}}", "give the lowest and the highest value"),
        ("search: {a: {log_uniform: [0.0, 1.0]}}", "give numbers above 0"),
        ("{search: {a: {choice: [1]}}, trials: 0}", "trials is 0"),
        ("{search: {a: {choice: [1]}}, keep_one_in: 1}", "keep_one_in is 1"),
        ("{search: {a: {choice: [1]}}, stage: score}", "stage must be one of pretrain, finetune"),
    ],
)
def test_what_cannot_be_searched_is_named(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_config(tmp_path / "t.yaml", TuneConfig)
    assert fault in caught.value.message
