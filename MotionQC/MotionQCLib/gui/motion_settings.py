"""From the panel's parameters to a trajectory."""

from __future__ import annotations

from typing import Any

from MotionQCLib.gui.parameters import MotionQCParameters, PivotRule
from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.patterns import make_trajectory


def trajectory_of(parameters: MotionQCParameters) -> Trajectory:
    """Return the motion that the panel describes; the brain's centre stays for others to find."""
    same = parameters.same_for_all_axes
    rotation = (parameters.rotation_r, parameters.rotation_a, parameters.rotation_s)
    translation = (parameters.translation_r, parameters.translation_a, parameters.translation_s)
    return make_trajectory(
        parameters.pattern.value,
        events=parameters.events,
        rotation_deg=(parameters.rotation,) * 3 if same else rotation,
        translation_mm=(parameters.translation,) * 3 if same else translation,
        axis=parameters.axis.value,
        ordering=parameters.ordering.value,
        onset=parameters.onset if parameters.at_onset else None,
        pivot=_pivot(parameters),
        seed=parameters.seed,
    )


def origin_of(parameters: MotionQCParameters) -> dict[str, Any]:
    """Return what a recipe says about where its trajectory came from."""
    return {
        "pattern": parameters.pattern.value,
        "events": parameters.events,
        "seed": parameters.seed,
    }


def _pivot(parameters: MotionQCParameters) -> tuple[float, float, float] | None:
    if parameters.pivot is PivotRule.BRAIN:
        return None
    if parameters.pivot is PivotRule.ORIGIN:
        return (0.0, 0.0, 0.0)
    return (parameters.pivot_r, parameters.pivot_a, parameters.pivot_s)
