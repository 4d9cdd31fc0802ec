"""A head of ratings says what it is; its outputs become probabilities of named classes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save
from scipy.special import expit, softmax

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelMetadata, RatingHead, load_bundle
from MotionQCLib.models.registry import DEFAULT_MODEL, SHIPPED_FOLDER

NAMES = ("gut", "mäßig", "不可用")


def metadata_with(**changed: Any) -> dict[str, Any]:
    """The JSON form of metadata whose head of ratings has other fields; Ellipsis removes one."""
    metadata = ModelMetadata("m", "1", ratings=RatingHead(NAMES))
    document: dict[str, Any] = json.loads(json.dumps(metadata.to_json()))
    document["ratings"] |= changed
    document["ratings"] = {k: v for k, v in document["ratings"].items() if v is not ...}
    return document


@pytest.mark.parametrize(
    "head",
    [
        RatingHead(NAMES),
        RatingHead(("0", "1"), ordinal=True, features="map", hidden=10, temperature=1.4),
        RatingHead(NAMES, own_layers="block5", calibrated_on="100 scans of 40 subjects"),
    ],
)
def test_metadata_with_ratings_come_back_from_json(head: RatingHead) -> None:
    metadata = ModelMetadata("m", "1", ratings=head)
    document = json.loads(json.dumps(metadata.to_json()))
    assert document["ratings"]["basis"] == "ratings"
    assert ModelMetadata.from_json(document) == metadata


def test_metadata_without_ratings_are_written_as_before() -> None:
    assert "ratings" not in ModelMetadata("m", "1").to_json()


def test_the_shipped_models_metadata_are_written_back_unchanged() -> None:
    text = (SHIPPED_FOLDER / f"{DEFAULT_MODEL}.json").read_text("utf-8")
    metadata = ModelMetadata.from_json(json.loads(text))
    assert json.dumps(metadata.to_json(), indent=2) + "\n" == text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("basis", "score"),
        ("basis", ...),
        ("classes", ["one"]),
        ("classes", ["a", "a"]),
        ("classes", ["a", "b\u202e"]),
        ("classes", ["a", 2]),
        ("classes", ["a", ["b"]]),
        ("classes", ["a", "b" * 41]),
        ("classes", [str(n) for n in range(51)]),
        ("ordinal", 1),
        ("features", "histogram"),
        ("hidden", -1),
        ("hidden", 10**9),
        ("hidden", True),
        ("own_layers", "all"),
        ("temperature", 0),
        ("calibrated_on", ...),
    ],
)
def test_a_field_that_does_not_fit_is_named(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        ModelMetadata.from_json(metadata_with(**{field: value}))


def test_outputs_of_classes_become_their_softmax() -> None:
    outputs = np.array([[1.0, -2.0, 0.5], [800.0, 0.0, -800.0]])
    found = RatingHead(NAMES, temperature=2.0).probability(outputs)
    np.testing.assert_allclose(found, softmax(outputs / 2, axis=-1), atol=1e-12)


def test_outputs_of_steps_become_differences_of_their_logistics() -> None:
    first, second = expit(1.0), expit(-0.5)
    found = RatingHead(NAMES, ordinal=True).probability([1.0, -0.5])
    np.testing.assert_allclose(found, [1 - first, first - second, second], atol=1e-12)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8), st.floats(0.05, 20))
def test_probabilities_of_steps_are_never_negative_and_add_to_one(
    outputs: list[float], temperature: float
) -> None:
    names = tuple(str(n) for n in range(len(outputs) + 1))
    head = RatingHead(names, ordinal=True, temperature=temperature)
    found = head.probability(sorted(outputs, reverse=True))
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)


WithRatings = Callable[[RatingHead], Path]


def rewritten(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The model with other arrays, for which its metadata vouch."""
    weights = load_file(path)
    change(weights)
    content = save(weights)
    path.write_bytes(content)
    document = json.loads(path.with_suffix(".json").read_text())
    document["sha256"] = hashlib.sha256(content).hexdigest()
    path.with_suffix(".json").write_text(json.dumps(document))
    return path


def without_output(weights: dict[str, Any]) -> None:
    del weights["ratings.head.output.bias"]


def with_another_class(weights: dict[str, Any]) -> None:
    weights["ratings.head.output.bias"] = np.zeros(3, np.float32)


def with_rising_steps(weights: dict[str, Any]) -> None:
    weights["ratings.head.output.bias"] = np.array([-1.0, 1.0], np.float32)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without_output, "lacks ratings.head.output.bias"),
        (with_another_class, r"ratings.head.output.bias has shape \(3,\) instead of \(2,\)"),
        (with_rising_steps, "ratings.head.output.bias rises"),
    ],
)
def test_arrays_that_are_not_the_heads_are_refused_with_the_reason(
    with_ratings: WithRatings, change: Callable[[dict[str, Any]], None], reason: str
) -> None:
    path = rewritten(with_ratings(RatingHead(NAMES, ordinal=True)), change)
    with pytest.raises(InputError, match=reason) as caught:
        load_bundle(path)
    assert caught.value.code == "model-foreign"


def test_arrays_of_ratings_without_metadata_of_ratings_are_refused(
    with_ratings: WithRatings,
) -> None:
    path = with_ratings(RatingHead(NAMES))
    document = json.loads(path.with_suffix(".json").read_text())
    del document["ratings"]
    path.with_suffix(".json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"unknown arrays, such as 'ratings\.head"):
        load_bundle(path)


def test_a_rated_model_holds_the_arrays_of_the_model_it_was_made_from(
    with_ratings: WithRatings, a_model_file: Path
) -> None:
    rated, plain = load_bundle(with_ratings(RatingHead(NAMES))), load_bundle(a_model_file)
    for name, array in plain.weights.items():
        np.testing.assert_array_equal(rated.weights[name], array)
    assert replace(rated.metadata, name="small", ratings=None, sha256="") == replace(
        plain.metadata, sha256=""
    )
