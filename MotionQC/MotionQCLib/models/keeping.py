"""Putting a model into the user's own folder, where it is found by its name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from MotionQCLib.atomic_file import write_together
from MotionQCLib.errors import InputError
from MotionQCLib.models.bundle import WEIGHTS_SUFFIX, load_bundle, metadata_path, shown_path
from MotionQCLib.models.registry import list_models, user_folder

_CARD_SUFFIX = ".md"


def keep_model(source: Path, name: str) -> str:
    """Copy a model, with its card, into the user's folder under a name of its own.

    Parameters
    ----------
    source : Path
        The weights file; its metadata lie beside it.
    name : str
        What the model shall be called. Where another model has that name, a number is added; the
        same model is not copied twice.

    Returns
    -------
    str
        The name that it has now.

    Raises
    ------
    InputError
        The model is damaged, the name is no name of a model, or the folder cannot be written.
    """
    metadata = load_bundle(source).metadata
    name, there = _free_name(name, metadata.sha256)
    try:
        named = replace(metadata, name=name)
    except ValueError as error:
        raise InputError("model-name", f"{name}: {error}; use letters, digits, - and _.") from error
    if there:
        return name
    target = user_folder() / f"{name}{WEIGHTS_SUFFIX}"
    text = json.dumps(named.to_json(), indent=2, allow_nan=False) + "\n"
    try:
        files: dict[Path, bytes | str] = {target: source.read_bytes(), metadata_path(target): text}
        if (card := source.with_suffix(_CARD_SUFFIX)).is_file():
            files[target.with_suffix(_CARD_SUFFIX)] = card.read_bytes()
        write_together(files)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            "model-not-kept", f"{shown_path(user_folder())}: {reason}; allow writing there."
        ) from error
    return name


def _free_name(name: str, checksum: str) -> tuple[str, bool]:
    """Return a name, and whether the very model has it already.

    Names that differ in case alone are one: some file systems keep them in one file.
    """
    taken = {entry.name.casefold(): entry for entry in list_models()}
    number, wanted = 1, name
    while known := taken.get(name.casefold()):
        if known.metadata is not None and known.metadata.sha256 == checksum:
            return known.name, True
        number += 1
        name = f"{wanted}-{number}"
    return name, False
