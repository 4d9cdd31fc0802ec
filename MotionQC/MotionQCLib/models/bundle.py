"""A model on disk: one safetensors file of weights and, beside it, one JSON file of metadata.

Both are data. Nothing is unpickled, no code is loaded, and every array is compared with what the
architecture needs before anything is computed with it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.atomic_file import write_together
from MotionQCLib.errors import InputError
from MotionQCLib.models.architecture import largest_file_bytes
from MotionQCLib.models.metadata import ModelMetadata

Weights = dict[str, NDArray[Any]]

WEIGHTS_SUFFIX = ".safetensors"
_LARGEST_METADATA_BYTES = 1_000_000
# Counts training batches in torch's batch norm; no part of what the network computes.
_BOOKKEEPING = "num_batches_tracked"


@dataclass(frozen=True)
class ModelBundle:
    """A verified model: arrays by the names of the network's `state_dict()`, and metadata."""

    weights: Weights
    metadata: ModelMetadata


def save_bundle(
    path: str | os.PathLike[str], weights: Mapping[str, NDArray[Any]], metadata: ModelMetadata
) -> ModelMetadata:
    """Write a model; convolutions as float16, the few vectors as float32.

    Parameters
    ----------
    path
        The weights file, `*.safetensors`; the metadata go beside it as `*.json`.
    weights
        Arrays by name, as numpy; counters of torch's batch norm are left out.
    metadata
        The checksum is filled in here.

    Returns
    -------
    ModelMetadata
        As written, with the checksum.

    Raises
    ------
    ValueError
        The arrays are not those of the architecture, or not finite as float16.

    Notes
    -----
    Both files are complete before either takes its place. A crash between the two renames leaves
    weights without metadata, which loading reports.
    """
    from safetensors.numpy import save

    target = Path(path)
    if target.suffix != WEIGHTS_SUFFIX:
        raise ValueError(f"path is {target.name!r}; a model file ends in {WEIGHTS_SUFFIX}.")
    stored = {name: _stored(array) for name, array in weights.items() if _BOOKKEEPING not in name}
    if problem := _problem_of_weights(stored, metadata):
        raise ValueError(f"weights of {metadata.name}: {problem}.")
    content = save(stored)
    written = metadata.with_checksum(hashlib.sha256(content).hexdigest())
    text = json.dumps(written.to_json(), indent=2, allow_nan=False) + "\n"
    write_together({target: content, metadata_path(target): text})
    return written


def load_bundle(path: str | os.PathLike[str]) -> ModelBundle:
    """Read and verify a model.

    Raises
    ------
    InputError
        `model-missing`, `model-metadata`, `model-damaged` or `model-foreign`.
    """
    source = Path(path)
    metadata = load_metadata(source)
    content = _read(source, largest_file_bytes(metadata.array_shapes))
    if hashlib.sha256(content).hexdigest() != metadata.sha256:
        _refuse(
            "model-damaged",
            source,
            f"its checksum is not the one in {metadata_path(source).name}",
            "copy both files again from where they came",
        )
    weights = _parse(content, source)
    if problem := _problem_of_weights(weights, metadata):
        _refuse("model-foreign", source, problem, "choose a model made for this version")
    return ModelBundle(weights, metadata)


def load_metadata(path: str | os.PathLike[str]) -> ModelMetadata:
    """The metadata of a weights file, without reading the weights.

    Raises
    ------
    InputError
        `model-missing` or `model-metadata`.
    """
    source = Path(path)
    if source.suffix != WEIGHTS_SUFFIX:
        _refuse(
            "model-foreign",
            source,
            f"a model file ends in {WEIGHTS_SUFFIX}",
            "convert other formats, which may hold code, outside MotionQC",
        )
    if not source.is_file():
        _refuse("model-missing", source, "there is no such file", "see `motionqc models`")
    sidecar = metadata_path(source)
    try:
        return ModelMetadata.from_json(json.loads(_read(sidecar, _LARGEST_METADATA_BYTES)))
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        _refuse("model-metadata", sidecar, str(error), "use the JSON file that came with the model")


def metadata_path(weights_path: Path) -> Path:
    """Where the metadata of a weights file lie."""
    return weights_path.with_suffix(".json")


def _stored(array: NDArray[Any]) -> NDArray[Any]:
    # Batch-norm variances can leave float16's range, and vectors cost next to nothing.
    kind = np.float16 if array.ndim > 1 else np.float32
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=kind)


def _parse(content: bytes, source: Path) -> Weights:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(content))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        reason = f"it is not a safetensors file ({str(error).splitlines()[0]:.80})"
        _refuse("model-damaged", source, reason, "copy it again from where it came")


def _problem_of_weights(weights: Weights, metadata: ModelMetadata) -> str:
    """What keeps these arrays from being the architecture's; empty where nothing does."""
    expected = metadata.array_shapes
    if absent := sorted(expected.keys() - weights.keys()):
        return f"it lacks {absent[0]} and {len(absent) - 1} other arrays"
    if unknown := sorted(weights.keys() - expected.keys()):
        return f"it has {len(unknown)} unknown arrays, such as {unknown[0][:60]!r}"
    for name, shape in expected.items():
        array = weights[name]
        if array.shape != shape:
            return f"{name} has shape {array.shape} instead of {shape}"
        if array.dtype not in (np.float16, np.float32):
            return f"{name} is {array.dtype} instead of float16 or float32"
        if not np.isfinite(array).all():
            return f"{name} has values that are not finite"
        if name.endswith("running_var") and array.min() < 0:
            return f"{name} has negative variances"
    return _problem_of_steps(weights, metadata)


def _problem_of_steps(weights: Weights, metadata: ModelMetadata) -> str:
    """Thresholds out of order would give classes of an ordinal scale negative probabilities."""
    if metadata.ratings is None or not metadata.ratings.ordinal:
        return ""
    name = "ratings.head.output.bias"
    return f"{name} rises, which no scale does" if np.any(np.diff(weights[name]) > 0) else ""


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        _refuse("model-missing", path, error.strerror or "it cannot be read", "check the file")
    if len(content) > limit:
        _refuse("model-foreign", path, f"it is larger than {limit} bytes", "choose a model file")
    return content


def shown_path(path: Path) -> str:
    """A path for a message, which may be passed on: ``~`` stands for the user's own folder."""
    try:
        return str("~" / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):  # elsewhere, or a user without a folder
        return str(path)


def _refuse(code: str, path: Path, problem: str, remedy: str) -> NoReturn:
    raise InputError(code, f"{shown_path(path)}: {problem}; {remedy}.")
