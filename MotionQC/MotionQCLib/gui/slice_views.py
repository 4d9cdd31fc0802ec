"""The three slice views while a motion is previewed: along the volume's axes, on its voxels.

What they showed before is put back afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray

_VIEWS = ("Red", "Yellow", "Green")
_LAYERS = ("Background", "Foreground", "Label")


@dataclass(frozen=True)
class Plane:
    """The plane of voxels that a view shows."""

    view: str
    array_axis: int
    index: int


@dataclass(frozen=True)
class _Memory:
    slice_to_ras: Any
    field_of_view: tuple[float, ...]
    origin: tuple[float, ...]
    layers: tuple[str | None, ...]
    foreground_opacity: float


class SliceViews:
    """Takes hold of the slice views, and lets go of them.

    Parameters
    ----------
    moved : callable
        Told when a view shows another plane than before.
    """

    def __init__(self, moved: Callable[[], None]) -> None:
        self._moved = moved
        self._memory: dict[str, _Memory] = {}
        self._observed: list[tuple[Any, int]] = []
        self._planes: list[Plane] = []
        self._affine: NDArray[np.float64] = np.eye(4)
        self._shape: tuple[int, ...] = (0, 0, 0)

    def hold(
        self,
        volume: slicer.vtkMRMLScalarVolumeNode,
        affine: NDArray[np.float64],
        shape: tuple[int, ...],
    ) -> None:
        """Align the views with a volume's axes and show it alone, where it was being looked at."""
        self._affine, self._shape = affine, shape
        for name in self._names():
            logic = _logic(name)
            node, composite = logic.GetSliceNode(), logic.GetSliceCompositeNode()
            if name not in self._memory:
                self._memory[name] = _remember(node, composite)
            node.RotateToVolumePlane(volume)
            _show_alone(composite, volume)
            if self._index(node) not in range(shape[self._array_axis(node)]):
                _jump(node, affine @ [*(np.array(shape) - 1) / 2, 1.0])
            tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_modified)
            self._observed.append((node, tag))
        self._planes = self.planes()

    def draw(self, planes: Iterable[Plane]) -> None:
        """Draw the views of some planes at once, before those that wait their turn."""
        manager = slicer.app.layoutManager()
        for name in dict.fromkeys(plane.view for plane in planes):
            manager.sliceWidget(name).sliceView().forceRender()

    def release(self) -> None:
        """Put back what the views showed."""
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed.clear()
        for name, memory in self._memory.items():
            logic = _logic(name)
            if logic is not None:
                _restore(logic.GetSliceNode(), logic.GetSliceCompositeNode(), memory)
        self._memory.clear()
        self._planes = []

    def planes(self) -> list[Plane]:
        """Return the plane of voxels nearest to what each view shows; inside the volume only."""
        shown = []
        for name in self._memory:
            node = _logic(name).GetSliceNode()
            plane = Plane(name, self._array_axis(node), self._index(node))
            if plane.index in range(self._shape[plane.array_axis]):
                shown.append(plane)
        return shown

    def snap(self) -> None:
        """Put every view on the middle of its plane of voxels."""
        for name in self._memory:
            node = _logic(name).GetSliceNode()
            normal, here = _normal_and_origin(node)
            axis = self._array_axis(node)
            position = np.linalg.inv(self._affine) @ [*here, 1.0]
            position[axis] = np.round(position[axis])
            there = (self._affine @ position)[:3]
            offset = float(normal @ (there - here))
            if abs(offset) > 1e-3:
                node.SetSliceOffset(node.GetSliceOffset() + offset)

    def _on_modified(self, caller: Any, event: Any) -> None:
        planes = self.planes()
        if planes != self._planes:
            self._planes = planes
            self._moved()

    def _array_axis(self, node: slicer.vtkMRMLSliceNode) -> int:
        normal, _ = _normal_and_origin(node)
        axes = self._affine[:3, :3] / np.linalg.norm(self._affine[:3, :3], axis=0)
        return int(np.argmax(np.abs(axes.T @ normal)))

    def _index(self, node: slicer.vtkMRMLSliceNode) -> int:
        _, here = _normal_and_origin(node)
        position = np.linalg.inv(self._affine) @ [*here, 1.0]
        return int(np.round(position[self._array_axis(node)]))

    def _names(self) -> list[str]:
        there = slicer.app.layoutManager().sliceViewNames()
        return [name for name in _VIEWS if name in there]


def _show_alone(
    composite: slicer.vtkMRMLSliceCompositeNode, volume: slicer.vtkMRMLScalarVolumeNode
) -> None:
    """Make a volume the background of a view, with nothing above it."""
    composite.SetBackgroundVolumeID(volume.GetID())
    composite.SetForegroundVolumeID(None)
    composite.SetLabelVolumeID(None)


def _logic(name: str) -> Any:
    widget = slicer.app.layoutManager().sliceWidget(name)
    return widget.sliceLogic() if widget is not None else None


def _normal_and_origin(
    node: slicer.vtkMRMLSliceNode,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    matrix = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())
    return np.array(matrix[:3, 2]), np.array(matrix[:3, 3])


def _jump(node: slicer.vtkMRMLSliceNode, ras: NDArray[np.float64]) -> None:
    node.JumpSliceByCentering(*(float(value) for value in ras[:3]))


def _remember(
    node: slicer.vtkMRMLSliceNode, composite: slicer.vtkMRMLSliceCompositeNode
) -> _Memory:
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(node.GetSliceToRAS())
    return _Memory(
        matrix,
        tuple(node.GetFieldOfView()),
        tuple(node.GetXYZOrigin()),
        tuple(getattr(composite, f"Get{layer}VolumeID")() for layer in _LAYERS),
        composite.GetForegroundOpacity(),
    )


def _restore(
    node: slicer.vtkMRMLSliceNode,
    composite: slicer.vtkMRMLSliceCompositeNode,
    memory: _Memory,
) -> None:
    node.GetSliceToRAS().DeepCopy(memory.slice_to_ras)
    node.SetFieldOfView(*memory.field_of_view)
    node.SetXYZOrigin(*memory.origin)
    node.UpdateMatrices()
    for layer, volume_id in zip(_LAYERS, memory.layers, strict=True):
        gone = volume_id and slicer.mrmlScene.GetNodeByID(volume_id) is None
        getattr(composite, f"Set{layer}VolumeID")(None if gone else volume_id)
    composite.SetForegroundOpacity(memory.foreground_opacity)
