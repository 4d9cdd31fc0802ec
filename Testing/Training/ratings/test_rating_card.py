"""The card of ratings tells classes, figures and limits, and stays when motion is judged anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from MotionQCLib.models import ModelBundle, ModelMetadata, RatingHead
from MotionQCTraining.evaluate import record
from MotionQCTraining.ratings.rating_card import rating_card, rating_section

FIGURE = {"value": 0.71, "interval": [0.6, 0.8]}
ESTIMATE = {
    "method": "5-fold cross-validation",
    "level": 0.9,
    "chance": 0.5,
    "balanced_accuracy": FIGURE,
    "f1": {"a|b": FIGURE, "mäßig": {"value": 0.5, "interval": None}},
    "recall": {"a|b": FIGURE, "mäßig": FIGURE},
    "confusion": [[7.4, 2.6], [3, 8]],
}


def metadata_with(estimate: dict[str, Any] | None, *, seen: int = 0) -> ModelMetadata:
    counts = {name: {"scans": 11, "subjects": 6} for name in ("a|b", "mäßig")}
    figures = {"scans": 22, "subjects": 9, "classes": counts, "estimate": estimate}
    ratings = {
        "base": {"name": "base", "version": "1", "sha256": "f" * 64},
        "subjects": {"here": 9},
        "scans_of_base": seen,
        "configuration": {"balanced": True},
    }
    return ModelMetadata(
        "mine",
        "1.0",
        ratings=RatingHead(("a|b", "mäßig"), calibrated_on="the ratings of 22 scans"),
        training={
            "ratings": ratings,
            "subjects": {"train": {"elsewhere": 3}, "validation": {"elsewhere": 1}},
            "scans": {},
            "names": {},
            "sites": {"elsewhere": {"licence": "CC0", "scans": ""}},
            "configuration": {"steps": 7},
        },
        metrics={"ratings": figures | ({} if estimate else {"refused": "“mäßig” has 1 scan"})},
    )


def test_figures_stand_with_their_intervals() -> None:
    lines = rating_card(metadata_with(ESTIMATE)).splitlines()
    assert "| balanced accuracy | 0.71 | 0.60 to 0.80 |" in lines
    assert "| F1, mäßig | 0.50 |  |" in lines
    assert "| mäßig | 3 | 8 |" in lines
    assert "- mäßig: 11 scans of 6 subjects" in lines
    assert any("Sites (subjects): here 9" in line for line in lines)


def test_a_name_cannot_break_a_table() -> None:
    assert "| a\\|b | 7.4 | 2.6 |" in rating_card(metadata_with(ESTIMATE)).splitlines()


def test_what_could_not_be_judged_says_why() -> None:
    card = rating_card(metadata_with(None))
    assert "Not known: “mäßig” has 1 scan." in card
    assert "| balanced accuracy" not in card


@pytest.mark.parametrize(("seen", "told"), [(0, False), (4, True)])
def test_scans_that_the_base_has_seen_are_told(seen: int, told: bool) -> None:
    card = rating_card(metadata_with(ESTIMATE, seen=seen))
    assert ("4 of these scans had a part in making the base model" in card) == told


def test_a_model_without_ratings_has_no_such_section() -> None:
    assert rating_section(replace(metadata_with(ESTIMATE), ratings=None)) == []


def test_judging_the_motion_anew_leaves_the_ratings_in_the_card(tmp_path: Path) -> None:
    report = {
        "model": {"here": {"persons": 1, "volumes": 3, "r2": 0.5}},
        "tested": {"scans": {}, "names": {}},
    }
    path = tmp_path / "mine.safetensors"
    record(path, ModelBundle({}, metadata_with(ESTIMATE)), report)
    card = path.with_suffix(".md").read_text("utf-8")
    assert "| model | here | 1 | 3 | 0.50 |" in card
    assert "| balanced accuracy | 0.71 | 0.60 to 0.80 |" in card
