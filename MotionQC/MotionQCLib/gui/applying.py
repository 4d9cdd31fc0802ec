"""Applying a motion to a whole volume in a child process: a new node, its recipe with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from MotionQCLib.gui.scan_volume import affine_of, scan_of
from MotionQCLib.jobs import Exchange, Failure, JobClient, Listener
from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.recipe import trajectory_to_json

RECIPE = "MotionQC.Recipe"
"""Attribute of a moved volume that holds, as JSON, how it was made."""


class Applying:
    """Moves one volume at a time.

    Parameters
    ----------
    client : JobClient
        Runs the jobs.
    begun : callable
        Told when a job has been submitted.
    """

    def __init__(self, client: JobClient, begun: Callable[[], None]) -> None:
        self._client, self._begun = client, begun
        self._exchange: Exchange | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the child, if there is one."""
        return self._client.pid

    @property
    def busy(self) -> bool:
        """Whether a volume is being moved."""
        return self._exchange is not None

    def start(
        self,
        source: slicer.vtkMRMLScalarVolumeNode,
        trajectory: Trajectory,
        output: str,
        origin: dict[str, Any],
        *,
        finished: Callable[[slicer.vtkMRMLScalarVolumeNode, dict[str, Any]], None],
        failed: Callable[[Failure], None],
        stopped: Callable[[], None],
        stage: Callable[[str, float | None], None],
    ) -> None:
        """Begin; ``finished`` hears the new node and its recipe.

        Parameters
        ----------
        source
            The still volume; it is not changed.
        trajectory, output
            The motion, and "magnitude" or "real".
        origin
            Where the trajectory came from (pattern, seed, ...), for the recipe.
        finished, failed, stopped, stage : callables
            As in ``jobs.Listener``.

        Raises
        ------
        InputError
            The volume is no scan.
        """
        scan = scan_of(source)
        exchange = self._exchange = Exchange()
        arguments = {
            "folder": str(exchange.folder),
            "volume": exchange.put("scan", scan.data, scan.affine),
            "trajectory": trajectory_to_json(trajectory),
            "output": output,
            "moved": str(exchange.path("moved")),
        }
        name, affine = source.GetName(), affine_of(source)
        parent = source.GetTransformNodeID()
        display = source.GetDisplayNode()
        look = (display.GetWindow(), display.GetLevel()) if display is not None else None

        def finish(result: dict[str, Any]) -> None:
            moved = np.load(exchange.path("moved"), allow_pickle=False)
            exchange.close()
            self._exchange = None
            recipe = {
                "motion_score_mm": result["scores"]["edge"],
                "scores": result["scores"],
                **result["trajectory"],
                **origin,
                "output": output,
                "source": name,
            }
            node = _moved_node(name, moved, affine, recipe, look)
            node.SetAndObserveTransformNodeID(parent)
            finished(node, recipe)

        def fail(failure: Failure) -> None:
            exchange.close()
            self._exchange = None
            failed(failure)

        def end() -> None:
            exchange.close()
            self._exchange = None
            stopped()

        self._begun()
        self._client.submit("simulate", arguments, Listener(finish, fail, end, stage))

    def stop(self) -> None:
        """Stop; ``stopped`` is told once the child is gone."""
        self._client.stop()

    def abandon(self) -> None:
        """End a running job and its child at once."""
        if self.busy:
            self._client.close()


def recipe_of(node: slicer.vtkMRMLScalarVolumeNode) -> dict[str, Any] | None:
    """Return how a volume was moved, or None where it was not moved here."""
    text = node.GetAttribute(RECIPE)
    return json.loads(text) if text else None


def _moved_node(
    name: str,
    moved: Any,
    affine: Any,
    recipe: dict[str, Any],
    look: tuple[float, float] | None,
) -> slicer.vtkMRMLScalarVolumeNode:
    title = _("{name} moved {score:.1f} mm").format(name=name, score=recipe["motion_score_mm"])
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", title)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(affine))
    slicer.util.updateVolumeFromArray(node, moved.transpose(2, 1, 0))
    node.SetAttribute(RECIPE, json.dumps(recipe))
    node.CreateDefaultDisplayNodes()
    if look is not None:
        node.GetDisplayNode().SetAutoWindowLevel(False)
        node.GetDisplayNode().SetWindowLevel(*look)
    return node
