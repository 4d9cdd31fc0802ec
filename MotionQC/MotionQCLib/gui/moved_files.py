"""*Save moved scan*: the volume, and its recipe as JSON beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.gui.applying import recipe_of

_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")


def recipe_path(path: Path) -> Path:
    """Return where the recipe of a volume's file lies."""
    for suffix in _SUFFIXES:
        if path.name.lower().endswith(suffix):
            return path.with_name(path.name[: -len(suffix)] + ".json")
    return path.with_name(path.name + ".json")


def save_moved(node: Any, path: Path) -> None:
    """Write a moved volume and, as ``motionqc simulate`` does, a JSON file beside it.

    Raises
    ------
    InputError
        The volume has no recipe, or could not be written.
    OSError
        The recipe could not be written.
    """
    recipe = recipe_of(node)
    if recipe is None:
        raise InputError("no-recipe", _("{name} was not moved here.").format(name=node.GetName()))
    if not slicer.util.saveNode(node, str(path)):
        raise InputError(
            "not-written", _("check the folder and the file's ending ({endings})").format(
                endings=", ".join(_SUFFIXES)
            )
        )  # fmt: skip
    write_atomically(recipe_path(path), json.dumps(recipe, indent=1) + "\n")
