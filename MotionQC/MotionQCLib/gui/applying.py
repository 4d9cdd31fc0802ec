"""Applying a motion to a whole volume in a child process: a new node, its recipe with it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from slicer.i18n import tr as _

from MotionQCLib.gui.exchange_job import ExchangeJob
from MotionQCLib.gui.new_volume import Look, add_volume
from MotionQCLib.gui.scan_volume import scan_of
from MotionQCLib.jobs import Exchange, Listener
from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.recipe import trajectory_to_json

RECIPE = "MotionQC.Recipe"
"""Attribute of a moved volume that holds, as JSON, how it was made."""


class Applying(ExchangeJob):
    """Moves one volume at a time."""

    def start(
        self,
        source: slicer.vtkMRMLScalarVolumeNode,
        trajectory: Trajectory,
        output: str,
        origin: dict[str, Any],
        listener: Listener,
    ) -> None:
        """Begin; the listener's ``finished`` hears the new node.

        Parameters
        ----------
        source
            The still volume; it is not changed.
        trajectory, output
            The motion, and "magnitude" or "real".
        origin
            Where the trajectory came from (pattern, seed, ...), for the recipe.
        listener : Listener
            Hears the outcome.

        Raises
        ------
        InputError
            The volume is no scan.
        """
        scan = scan_of(source)
        name, look = source.GetName(), Look.of(source)
        origin = {**origin, "output": output, "source": name}
        moved = Path()

        def arguments(exchange: Exchange) -> dict[str, Any]:
            nonlocal moved
            moved = exchange.path("moved")
            return {
                "trajectory": trajectory_to_json(trajectory),
                "output": output,
                "moved": str(moved),
            }

        def finished(result: dict[str, Any]) -> None:
            voxels = np.load(moved, allow_pickle=False)
            listener.finished(_moved_volume(name, voxels, _recipe(result, origin), look))

        self.submit("simulate", scan, arguments, replace(listener, finished=finished))


def recipe_of(node: slicer.vtkMRMLScalarVolumeNode) -> dict[str, Any] | None:
    """Return how a volume was moved, or None where it was not moved here."""
    text = node.GetAttribute(RECIPE)
    return json.loads(text) if text else None


def _recipe(result: dict[str, Any], origin: dict[str, Any]) -> dict[str, Any]:
    scores = result["scores"]
    return {
        "motion_score_mm": scores["edge"],
        "scores": scores,
        **result["trajectory"],
        **origin,
    }


def _moved_volume(
    source: str, voxels: NDArray[np.float32], recipe: dict[str, Any], look: Look
) -> slicer.vtkMRMLScalarVolumeNode:
    """Add a volume ``(I, J, K)`` to the scene, its recipe with it."""
    title = _("{name} moved {score:.1f} mm").format(name=source, score=recipe["motion_score_mm"])
    node = add_volume(title, voxels, look)
    node.SetAttribute(RECIPE, json.dumps(recipe))
    return node
