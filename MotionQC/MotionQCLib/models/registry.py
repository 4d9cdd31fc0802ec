"""Which models there are: those that come with the package, and the user's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from MotionQCLib.errors import InputError
from MotionQCLib.models.bundle import (
    WEIGHTS_SUFFIX,
    ModelBundle,
    load_bundle,
    load_metadata,
    shown_path,
)
from MotionQCLib.models.metadata import ModelMetadata

DEFAULT_MODEL = "motionqc-t1w-preview"
SHIPPED_FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class ModelEntry:
    """A model that can be asked for by name; `problem` says why it could not be read."""

    name: str
    path: Path
    origin: Literal["shipped", "user"]
    metadata: ModelMetadata | None
    problem: str = ""


def list_models() -> list[ModelEntry]:
    """All models, the shipped ones first; a user's model of the same name comes second.

    Metadata are checked, weights are not read. A model that cannot be read is listed with its
    problem, so that one damaged file hides no other.
    """
    return [_entry(path, origin) for path, origin in _model_files()]


def find_model(name_or_path: str | os.PathLike[str] = DEFAULT_MODEL) -> ModelBundle:
    """The model of a name, or in a file.

    Whatever ends in `.safetensors` or has a folder in it is taken as a path. A name means the
    same model on every machine: the shipped one comes before a user's own.

    Raises
    ------
    InputError
        There is no such model, or it is damaged (see `load_bundle`).
    """
    wanted = os.fspath(name_or_path)
    if wanted.endswith(WEIGHTS_SUFFIX) or Path(wanted).name != wanted:
        return load_bundle(wanted)
    names = []
    for path, _ in _model_files():
        if path.stem == wanted:
            return load_bundle(path)
        names.append(path.stem)
    known = ", ".join(names) or "none"
    raise InputError(
        "model-missing",
        f"--model {wanted}: no such model; available: {known}. To add one, put its "
        f"{WEIGHTS_SUFFIX} and .json files into {shown_path(user_folder())}, or name the file.",
    )


def user_folder() -> Path:
    """Where a user's own models lie: $MOTIONQC_MODELS, or the system's folder for user data."""
    if chosen := os.environ.get("MOTIONQC_MODELS"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "motionqc" / "models"


def _model_files() -> Iterator[tuple[Path, Literal["shipped", "user"]]]:
    for path in sorted(SHIPPED_FOLDER.glob(f"*{WEIGHTS_SUFFIX}")):
        yield path, "shipped"
    for path in sorted(user_folder().glob(f"*{WEIGHTS_SUFFIX}")):
        yield path, "user"


def _entry(path: Path, origin: Literal["shipped", "user"]) -> ModelEntry:
    try:
        return ModelEntry(path.stem, path, origin, load_metadata(path))
    except InputError as error:
        return ModelEntry(path.stem, path, origin, None, error.message)
