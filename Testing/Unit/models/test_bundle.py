"""A model file says what it is, is checked before it is used, and is never executed."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, ModelMetadata, load_bundle, save_bundle
from MotionQCLib.models.architecture import array_shapes

Weights = dict[str, NDArray[Any]]


@pytest.fixture
def a_copy(a_model_file: Path, tmp_path: Path) -> Path:
    """A model that a test may damage."""
    for suffix in (".safetensors", ".json"):
        shutil.copy(a_model_file.with_suffix(suffix), tmp_path / f"copy{suffix}")
    return tmp_path / "copy.safetensors"


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        load_bundle(path)
    assert "\n" not in caught.value.message
    assert path.stem in caught.value.message
    return caught.value


def test_a_model_comes_back_as_it_was_saved(a_model: ModelBundle, some_weights: Weights) -> None:
    for name in array_shapes("sfcn", 50):
        np.testing.assert_allclose(a_model.weights[name], some_weights[name], rtol=1e-3, atol=1e-7)


def test_convolutions_are_stored_as_float16_and_vectors_as_float32(a_model: ModelBundle) -> None:
    kinds = {array.ndim: array.dtype for array in a_model.weights.values()}
    assert kinds == {5: np.float16, 1: np.float32}


def test_a_model_takes_about_six_megabytes(a_model_file: Path) -> None:
    assert 5.8e6 < a_model_file.stat().st_size < 6.1e6


def test_the_checksum_is_that_of_the_weights_file(a_model_file: Path) -> None:
    stated = json.loads(a_model_file.with_suffix(".json").read_text())["sha256"]
    assert stated == hashlib.sha256(a_model_file.read_bytes()).hexdigest()


@pytest.mark.parametrize("position", [0, 9, 4_000, -1])
def test_one_flipped_byte_is_noticed(a_copy: Path, position: int) -> None:
    content = bytearray(a_copy.read_bytes())
    content[position] ^= 1
    a_copy.write_bytes(content)
    assert refusal(a_copy).code == "model-damaged"


def test_a_truncated_file_is_noticed(a_copy: Path) -> None:
    a_copy.write_bytes(a_copy.read_bytes()[:-1000])
    assert refusal(a_copy).code == "model-damaged"


def test_a_file_that_is_absent_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.safetensors").code == "model-missing"


def test_weights_without_metadata_are_refused(a_copy: Path) -> None:
    a_copy.with_suffix(".json").unlink()
    assert refusal(a_copy).code == "model-missing"


def with_matching_checksum(path: Path, content: bytes, metadata: ModelMetadata) -> Path:
    """A file whose metadata vouch for it, so that only its content can give it away."""
    path.write_bytes(content)
    stated = metadata.with_checksum(hashlib.sha256(content).hexdigest()).to_json()
    path.with_suffix(".json").write_text(json.dumps(stated))
    return path


class Bomb:
    """Unpickling one writes a file."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.witness,)


def test_a_pickle_is_refused_and_not_run(a_model: ModelBundle, tmp_path: Path) -> None:
    witness = tmp_path / "executed"
    content = pickle.dumps(Bomb(witness))
    path = with_matching_checksum(tmp_path / "evil.safetensors", content, a_model.metadata)
    assert refusal(path).code == "model-damaged"
    assert not witness.exists()


def test_a_file_of_another_kind_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"PK")
    assert refusal(path).code == "model-foreign"


def lacking(weights: Weights) -> Weights:
    return {name: array for name, array in weights.items() if name != "head.conv.bias"}


def foreign(weights: Weights) -> Weights:
    return weights | {"decoder.weight": np.zeros(3, np.float32)}


def misshapen(weights: Weights) -> Weights:
    return weights | {"head.conv.bias": np.zeros(40, np.float32)}


def mistyped(weights: Weights) -> Weights:
    return weights | {"head.conv.bias": np.zeros(50, np.int32)}


def not_finite(weights: Weights) -> Weights:
    return weights | {"head.conv.bias": np.full(50, np.nan, np.float32)}


def negative_variance(weights: Weights) -> Weights:
    return weights | {"encoder.block1.norm.running_var": np.full(32, -1, np.float32)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lacking, "lacks head.conv.bias"),
        (foreign, "unknown arrays, such as 'decoder.weight'"),
        (misshapen, r"head.conv.bias has shape \(40,\) instead of \(50,\)"),
        (mistyped, "int32"),
        (not_finite, "not finite"),
        (negative_variance, "negative variances"),
    ],
)
def test_other_networks_weights_are_refused_with_the_reason(
    a_model: ModelBundle, tmp_path: Path, change: Any, reason: str
) -> None:
    content = save(change(dict(a_model.weights)))
    path = with_matching_checksum(tmp_path / "other.safetensors", content, a_model.metadata)
    error = refusal(path)
    assert error.code == "model-foreign"
    with pytest.raises(InputError, match=reason):
        raise error


def test_a_file_larger_than_any_model_is_not_read(a_model: ModelBundle, tmp_path: Path) -> None:
    path = with_matching_checksum(tmp_path / "huge.safetensors", b"", a_model.metadata)
    with path.open("wb") as file:
        file.truncate(10**11)  # sparse: reading it whole would end the test run
    assert refusal(path).code == "model-foreign"


def test_weights_that_float16_cannot_hold_are_not_saved(
    some_weights: Weights, tmp_path: Path
) -> None:
    weights = some_weights | {"head.conv.weight": np.full((50, 64, 1, 1, 1), 1e6)}
    with pytest.raises(ValueError, match=r"head.conv.weight has values that are not finite"):
        save_bundle(tmp_path / "m.safetensors", weights, ModelMetadata("m", "1"))
    assert list(tmp_path.iterdir()) == []


def test_saving_over_a_model_replaces_both_files(a_copy: Path, some_weights: Weights) -> None:
    save_bundle(a_copy, some_weights, ModelMetadata("successor", "2"))
    assert load_bundle(a_copy).metadata.name == "successor"
    assert sorted(path.name for path in a_copy.parent.iterdir()) == [
        "copy.json",
        "copy.safetensors",
    ]


def test_a_saved_file_is_plain_safetensors(a_model_file: Path) -> None:
    assert load_file(a_model_file).keys() == array_shapes("sfcn", 50).keys()
