"""A volume of ours in the scene, seen as the one that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import slicer
from numpy.typing import NDArray

from MotionQCLib.gui.scan_volume import affine_of


@dataclass(frozen=True)
class Look:
    """Where a volume lies and how it is shown; outlives the volume.

    Parameters
    ----------
    affine : (4, 4) array
        Voxel indices to RAS mm.
    transform : str or None
        Node of its parent transform.
    window : tuple or None
        Window and level; None where they are still to be found.
    color : str or None
        Node of its colours.
    interpolated : bool
        Whether voxels are smoothed on the screen.
    """

    affine: NDArray[np.float64]
    transform: str | None
    window: tuple[float, float] | None
    color: str | None
    interpolated: bool

    @classmethod
    def of(cls, node: slicer.vtkMRMLScalarVolumeNode) -> Look:
        """Return a volume's."""
        display = node.GetDisplayNode()
        return cls(
            affine_of(node),
            node.GetTransformNodeID(),
            (display.GetWindow(), display.GetLevel()) if display is not None else None,
            display.GetColorNodeID() if display is not None else None,
            bool(display.GetInterpolate()) if display is not None else True,
        )


def add_volume(
    name: str, voxels: NDArray[np.generic], look: Look
) -> slicer.vtkMRMLScalarVolumeNode:
    """Add a volume ``(I, J, K)`` to the scene; quickest where the first index runs fastest."""
    scene = slicer.mrmlScene
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(look.affine))
    node.SetAndObserveTransformNodeID(look.transform)
    display = scene.AddNewNodeByClass("vtkMRMLScalarVolumeDisplayNode")
    if look.window is not None:
        # Before there are voxels: an automatic window would look at all of them at once.
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(*look.window)
    if look.color is None:
        display.SetDefaultColorMap()
    else:
        display.SetAndObserveColorNodeID(look.color)
    display.SetInterpolate(look.interpolated)
    node.SetAndObserveDisplayNodeID(display.GetID())
    slicer.util.updateVolumeFromArray(node, voxels.transpose(2, 1, 0))
    return node
