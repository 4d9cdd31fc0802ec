"""Applying a motion to a whole volume in a child process: a new node, its recipe with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from slicer.i18n import tr as _

from MotionQCLib.gui.exchange_job import ExchangeJob
from MotionQCLib.gui.later import Later
from MotionQCLib.gui.new_volume import Look, add_volume
from MotionQCLib.gui.scan_volume import scan_of
from MotionQCLib.jobs import Exchange, Failure, JobClient, Listener
from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.recipe import trajectory_to_json

RECIPE = "MotionQC.Recipe"
"""Attribute of a moved volume that holds, as JSON, how it was made."""


class Applying(ExchangeJob):
    """Moves one volume at a time.

    What comes back is read in one turn of the event loop and joins the scene in the next: either
    takes a while where the volume is large, and the window stands still no longer than that.
    """

    def __init__(self, client: JobClient, begun: Callable[[], None]) -> None:
        super().__init__(client, begun)
        self._join: Callable[[], None] | None = None
        self._next = Later(0, self._joined)

    @property
    def busy(self) -> bool:
        """Whether a job is under way, or its volume on the way into the scene."""
        return super().busy or self._join is not None

    def abandon(self) -> None:
        """End a running job and its child at once; what it has made joins no scene."""
        self._next.cancel()
        self._join = None
        super().abandon()

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
            try:
                voxels = np.load(moved, allow_pickle=False)
            except (OSError, MemoryError) as error:
                listener.failed(_not_taken_over(error))
                return
            recipe = _recipe(result, origin)
            self._join = lambda: listener.finished(_moved_volume(name, voxels, recipe, look))
            self._next.request()

        self.submit("simulate", scan, arguments, replace(listener, finished=finished))

    def _joined(self) -> None:
        join, self._join = self._join, None
        if join is not None:
            join()


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


def _not_taken_over(error: OSError | MemoryError) -> Failure:
    reason = getattr(error, "strerror", None) or _("there is not enough memory")
    message = _("The moved volume could not be taken over: {reason}; close other programs first.")
    return Failure("not-taken-over", message.format(reason=reason))


def _moved_volume(
    source: str, voxels: NDArray[np.float32], recipe: dict[str, Any], look: Look
) -> slicer.vtkMRMLScalarVolumeNode:
    """Add a volume ``(I, J, K)`` to the scene, its recipe with it."""
    title = _("{name} moved {score:.1f} mm").format(name=source, score=recipe["motion_score_mm"])
    node = add_volume(title, voxels, look)
    node.SetAttribute(RECIPE, json.dumps(recipe))
    return node
