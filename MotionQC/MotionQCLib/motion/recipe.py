"""A trajectory as plain JSON: what a moved image carries beside it, and what a child is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from MotionQCLib.errors import InputError
from MotionQCLib.motion.trajectory import Trajectory


def trajectory_to_json(trajectory: Trajectory) -> dict[str, Any]:
    """Return the fields of a trajectory: poses in mm and degrees, onsets, pivot in RAS mm."""
    return {
        "poses": trajectory.poses.tolist(),
        "onsets": trajectory.onsets.tolist(),
        "axis": trajectory.axis,
        "ordering": trajectory.ordering,
        "pivot": trajectory.pivot,
        "convention": trajectory.convention,
    }


def trajectory_from_json(recipe: Mapping[str, Any]) -> Trajectory:
    """Return the trajectory of such fields; others beside them are passed over.

    Raises
    ------
    InputError
        ``bad-recipe``: a field is missing or wrong.
    """
    try:
        return Trajectory(
            np.asarray(recipe["poses"], dtype=float),
            np.asarray(recipe["onsets"], dtype=float),
            axis=recipe["axis"],
            ordering=recipe.get("ordering", "linear"),
            pivot=recipe.get("pivot"),
            convention=recipe.get("convention", "motionqc"),
        )
    except KeyError as error:
        raise InputError("bad-recipe", f"motion recipe: {error.args[0]} is missing.") from error
    except (TypeError, ValueError) as error:
        raise InputError("bad-recipe", f"motion recipe: {error}.") from error
