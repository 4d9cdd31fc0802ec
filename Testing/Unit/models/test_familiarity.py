"""How far a scan lies from what a model knows, and what a model file says of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, ModelMetadata, load_bundle, save_bundle
from MotionQCLib.models.familiarity import MEAN, WHITENING, Familiarity, distances

KNOWN = Familiarity(1.5, 0.05, "24 volumes")


@pytest.fixture
def knowing(a_model: ModelBundle) -> ModelBundle:
    arrays = {MEAN: np.zeros(64, np.float32), WHITENING: np.eye(64, dtype=np.float32)}
    metadata = replace(a_model.metadata, familiarity=KNOWN)
    return ModelBundle({**a_model.weights, **arrays}, metadata)


def test_distances_count_what_varies_little_most() -> None:
    arrays = {MEAN: np.array([1.0, 2.0]), WHITENING: np.diag([10.0, 1.0])}
    found = distances(np.array([[1.0, 2.0], [1.1, 2.0], [1.0, 3.0], [1.1, 3.0]]), arrays)
    np.testing.assert_allclose(found, [0, np.sqrt(0.5), np.sqrt(0.5), 1])


def test_a_file_keeps_what_a_model_knows(knowing: ModelBundle, tmp_path: Path) -> None:
    path = tmp_path / "knowing.safetensors"
    save_bundle(path, knowing.weights, knowing.metadata)
    found = load_bundle(path)
    assert found.metadata.familiarity == KNOWN
    np.testing.assert_array_equal(found.weights[WHITENING], np.eye(64))


def test_a_file_without_it_knows_nothing_of_itself(a_model: ModelBundle) -> None:
    assert a_model.metadata.familiarity is None
    assert "familiarity" not in a_model.metadata.to_json()


def test_arrays_without_the_metadata_are_unknown(knowing: ModelBundle, tmp_path: Path) -> None:
    unsaid = replace(knowing.metadata, familiarity=None)
    with pytest.raises(ValueError, match="2 unknown arrays"):
        save_bundle(tmp_path / "odd.safetensors", knowing.weights, unsaid)


def test_metadata_without_the_arrays_lack_them(a_model: ModelBundle, tmp_path: Path) -> None:
    said = replace(a_model.metadata, familiarity=KNOWN)
    with pytest.raises(ValueError, match="lacks familiarity"):
        save_bundle(tmp_path / "odd.safetensors", a_model.weights, said)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"limit": 0.0}, "limit is 0"),
        ({"limit": float("nan")}, "limit is nan"),
        ({"false_alarms": 1.0}, "false_alarms is 1"),
        ({"measured_on": "a\nb"}, "measured_on"),
    ],
)
def test_what_cannot_be_is_refused(knowing: ModelBundle, change: dict, fault: str) -> None:
    document = json.loads(json.dumps(knowing.metadata.to_json()))
    document["familiarity"] = {**document["familiarity"], **change}
    with pytest.raises((ValueError, InputError), match=fault):
        ModelMetadata.from_json(document)
