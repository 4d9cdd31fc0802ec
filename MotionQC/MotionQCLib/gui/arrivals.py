"""Hearing of volumes that are loaded into the scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
import vtk

from MotionQCLib.gui.later import Later

_SETTLE_MS = 300


class Arrivals:
    """Tells of every newly loaded scalar volume that came from a file, once its image is there.

    Parameters
    ----------
    arrived : callable
        Told the node.
    """

    def __init__(self, arrived: Callable[[Any], None]) -> None:
        self._arrived = arrived
        self._waiting: list[str] = []
        self._tag: int | None = None
        self._settled = Later(_SETTLE_MS, self._tell, restart=True)

    def listen(self) -> None:
        """Begin to hear."""
        if self._tag is None:
            scene = slicer.mrmlScene
            self._tag = scene.AddObserver(scene.NodeAddedEvent, self._on_added)

    def ignore(self) -> None:
        """Hear no more."""
        if self._tag is not None:
            slicer.mrmlScene.RemoveObserver(self._tag)
            self._tag = None
        self._waiting.clear()
        self._settled.cancel()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_added(self, caller: Any, event: Any, node: Any) -> None:
        # What comes with a scene has been there before.
        if node.GetClassName() == "vtkMRMLScalarVolumeNode" and not caller.IsImporting():
            self._waiting.append(node.GetID())
            self._settled.request()

    def _tell(self) -> None:
        """The image and its file are set after the node was added; by now they are there."""
        waiting, self._waiting = self._waiting, []
        for node_id in waiting:
            node = slicer.mrmlScene.GetNodeByID(node_id)
            if node is not None and node.GetImageData() is not None and node.GetStorageNode():
                self._arrived(node)
