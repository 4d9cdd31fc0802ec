"""Slices of a volume as pictures: right way up, in the window that the user looks through."""

from __future__ import annotations

from typing import Any

import numpy as np
import qt
from numpy.typing import NDArray

from MotionQCLib.anatomy import nearest_axes
from MotionQCLib.scoring.report_page import Slice, to_png


def window_of(node: Any, volume: NDArray[Any]) -> tuple[float, float]:
    """Return the lowest and highest intensity shown; without a display node, of the image."""
    display = node.GetDisplayNode()
    if display is None:
        return float(np.min(volume)), float(np.percentile(volume, 99.5))
    half = display.GetWindow() / 2
    return display.GetLevel() - half, display.GetLevel() + half


def upright(plane: NDArray[np.generic], affine: NDArray[np.float64], array_axis: int) -> Any:
    """Turn a plane so that a reader sees it as in a slice view.

    Parameters
    ----------
    plane : (A, B) array
        A plane across an array axis, in array order.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    array_axis : int
        The axis that the plane lies across.

    Returns
    -------
    (H, W) array
        Row 0 is superior (or anterior), column 0 the patient's right (or front, in a sagittal
        plane), as radiologists look at it.
    """
    world, sign = nearest_axes(affine)
    rest = [axis for axis in range(3) if axis != array_axis]
    # The vertical is the higher of the two world axes: superior before anterior before right.
    vertical, horizontal = sorted(rest, key=lambda axis: -world[axis])
    image = plane if rest.index(vertical) == 0 else plane.T
    if sign[vertical] > 0:
        image = image[::-1]
    # Columns run to the patient's left, or to the back: against the world's axes.
    if sign[horizontal] > 0:
        image = image[:, ::-1]
    return image


def to_bytes(image: NDArray[np.generic], window: tuple[float, float]) -> NDArray[np.uint8]:
    """Map intensities to gray values."""
    low, high = window
    scaled = (np.asarray(image, np.float32) - low) * (255.0 / max(high - low, 1e-6))
    gray: NDArray[np.uint8] = np.clip(scaled, 0, 255).astype(np.uint8)
    return gray


def pixmap_of(picture: Slice, height: int) -> Any:
    """Return a picture ``height`` pixels high, with the proportions of the body."""
    pixmap = qt.QPixmap()
    pixmap.loadFromData(to_png(picture, height))
    return pixmap


def pixel_size(affine: NDArray[np.float64], array_axis: int) -> tuple[float, float]:
    """Return the size of a pixel of an upright plane, ``(height, width)`` in mm."""
    world, _ = nearest_axes(affine)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    rest = [axis for axis in range(3) if axis != array_axis]
    vertical, horizontal = sorted(rest, key=lambda axis: -world[axis])
    return float(spacing[vertical]), float(spacing[horizontal])


def axis_of_view(affine: NDArray[np.float64], world_axis: int) -> int:
    """Return the array axis that runs nearest to a world axis (0 right, 1 front, 2 up)."""
    world, _ = nearest_axes(affine)
    return world.index(world_axis)
