"""Metadata survive JSON, and what does not fit is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from MotionQCLib.models import Architecture, ModelMetadata, MotionBins, ScoreClass


@pytest.fixture
def metadata() -> ModelMetadata:
    return ModelMetadata(
        name="a-model",
        version="1.2",
        architecture=Architecture(grid=(96, 96, 96)),
        spacing_mm=2.0,
        bins=MotionBins(low=-0.8, high=4.8, sigma=0.168),
        label="time",
        normalisation="min-max",
        temperature=1.7,
        training={"data": ["ds000011"], "licence": "CC0"},
        metrics={"r2": 0.5},
    )


def test_metadata_come_back_from_json(metadata: ModelMetadata) -> None:
    assert ModelMetadata.from_json(json.loads(json.dumps(metadata.to_json()))) == metadata


def changed(metadata: ModelMetadata, path: str, value: Any) -> dict[str, Any]:
    """The JSON document with one field replaced, or removed where the value is Ellipsis."""
    document: Any = json.loads(json.dumps(metadata.to_json()))
    *parents, last = path.split(".")
    section = document
    for parent in parents:
        section = section[int(parent) if parent.isdigit() else parent]
    section[last] = value
    if value is ...:
        del section[last]
    return dict(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", "another/1"),
        ("name", ...),
        ("name", "../escape"),
        ("name", "[red]markup[/]"),
        ("version", 1),
        ("architecture", None),
        ("architecture.type", "transformer"),
        ("architecture.grid", [96, 96, 100]),
        ("architecture.grid", [96, 96]),
        ("architecture.grid", [32000, 32000, 32000]),
        ("architecture.bins", 40),
        ("architecture.bins", 10**9),
        ("bins.low", float("nan")),
        ("bins.high", -5),
        ("bins.count", 40),
        ("bins.sigma", True),
        ("spacing_mm", 0),
        ("label", "successive"),
        ("normalisation", "histogram"),
        ("temperature", 0),
        ("temperature", "1"),
        ("interval.level", 0.5),
        ("interval.method", ...),
        ("classes", []),
        ("classes.0.low", 0.1),
        ("classes.1.low", 1.2),
        ("classes.1.name", "severe"),
        ("classes.2.high", 4.0),
        ("training", "trust me"),
    ],
)
def test_a_field_that_does_not_fit_is_named(
    metadata: ModelMetadata, path: str, value: object
) -> None:
    field = path.split(".")[-1] if path.split(".")[0] != "classes" else "class"
    with pytest.raises(ValueError, match=field):
        ModelMetadata.from_json(changed(metadata, path, value))


@pytest.mark.parametrize("document", [None, [], "text", 7])
def test_json_that_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="not a JSON object"):
        ModelMetadata.from_json(document)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(ValueError, match=r"version .*; temperature .*"):
        ModelMetadata("m", version="", temperature=-1)


def test_open_classes_reach_to_infinity() -> None:
    assert ScoreClass("all", None, None).limits == (float("-inf"), float("inf"))
