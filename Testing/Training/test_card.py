"""The model card names what may be named, and shows figures of model and floor side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from MotionQCLib.models import ModelBundle, ModelMetadata, load_bundle, save_bundle
from MotionQCLib.network import SFCN
from MotionQCTraining.card import model_card
from MotionQCTraining.config import PretrainConfig, PublicSite
from MotionQCTraining.data.manifest import Row, read_manifest
from MotionQCTraining.data.provenance import checksums, describe_scans, public_names
from MotionQCTraining.evaluate import record

PUBLIC = PretrainConfig(public_sites={"site0": PublicSite("CC0", "whole heads")})
PRIVATE = PretrainConfig()


@pytest.fixture
def rows(small_dataset: Path) -> list[Row]:
    return read_manifest(small_dataset)


def metadata_of(rows: list[Row], config: PretrainConfig) -> ModelMetadata:
    scans = describe_scans({"train": rows[:4], "validation": rows[4:6]}, config)
    return ModelMetadata("m", "1", training={**scans, "configuration": {"steps": 7}})


def report_of(rows: list[Row], config: PretrainConfig) -> dict[str, Any]:
    figures = {"persons": 1, "volumes": 3, "r2": 0.5, "still_below_moved": 1.0}
    sums = checksums(rows[6:])
    return {
        "model": {"site0": figures},
        "floor": {"site0": {**figures, "r2": 0.25}},
        "tested": {
            "scans": dict.fromkeys(sums, "site0"),
            "names": public_names(rows[6:], sums, config),
        },
        "volumes": [{"person": rows[6].person, "true_mm": 0.0, "predicted_mm": 0.1}],
    }


def test_a_card_of_private_scans_holds_no_subject(rows: list[Row]) -> None:
    card = model_card(metadata_of(rows, PRIVATE), report_of(rows, PRIVATE))
    assert "- site0: licence: not stated; subjects: train 2, validation 1" in card
    assert "sub-" not in card


def test_a_card_of_public_scans_names_who_trained_and_who_was_held_out(rows: list[Row]) -> None:
    card = model_card(metadata_of(rows, PUBLIC), report_of(rows, PUBLIC))
    assert "- site0: whole heads; licence: CC0; subjects: train 2, validation 1" in card
    for line in ("- train site0: sub-00, sub-02", "- validation site0: sub-04", "- site0: sub-06"):
        assert line in card.splitlines()
    assert "site1/" not in card
    assert "sub-01" not in card


def test_figures_of_the_model_and_the_floor_stand_in_the_card(rows: list[Row]) -> None:
    lines = model_card(metadata_of(rows, PRIVATE), report_of(rows, PRIVATE)).splitlines()
    assert any(line.startswith("| model | site0 | 1 | 3 | 0.50 |") for line in lines)
    assert any(line.startswith("| floor | site0 | 1 | 3 | 0.25 |") for line in lines)


def test_recorded_figures_hold_no_subject_of_a_private_site(
    rows: list[Row], tmp_path: Path
) -> None:
    path = tmp_path / "m.safetensors"
    weights = {name: value.numpy() for name, value in SFCN().state_dict().items()}
    metadata = save_bundle(path, weights, metadata_of(rows, PRIVATE))
    record(path, ModelBundle(weights, metadata), report_of(rows, PRIVATE))
    test = load_bundle(path).metadata.metrics["test"]
    assert test["model"]["site0"]["r2"] > test["floor"]["site0"]["r2"]
    assert len(test["tested"]["scans"]) == 2
    for file in tmp_path.iterdir():
        assert b"sub-" not in file.read_bytes(), file
    assert json.loads(path.with_suffix(".json").read_text())["metrics"]["test"] == test
