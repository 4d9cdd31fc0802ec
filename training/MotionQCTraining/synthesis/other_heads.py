"""Other heads from the same scan, for samples that a CPU draws: larger or smaller, bent smoothly.

There are fewer heads than a network can learn by heart, and one that knows them tells motion in
heads that it has never seen far worse.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.motion import gradient_energy
from MotionQCLib.motion.trajectory import Axis
from MotionQCLib.scan.conform import CEILING
from MotionQCTraining.data.volumes import PreparedScan
from MotionQCTraining.synthesis.device.anatomy import CONTROL_POINTS, displacement_field

_AXES: tuple[Axis, ...] = ("LR", "AP", "SI")


def other_head(
    rng: Generator, scan: PreparedScan, *, elastic_mm: float, scale: float
) -> PreparedScan:
    """Return a scan of another head: the same one scaled along the axes and bent.

    The brain's centre stays where it is.

    Parameters
    ----------
    rng : Generator
        Source of all chance.
    scan : PreparedScan
        The scan, of a grid along the axes of the world.
    elastic_mm : float
        Largest displacement of a control point along an axis.
    scale : float
        Largest relative change of size along an axis.
    """
    places = _places(rng, scan, elastic_mm, scale)
    image = np.clip(_at(scan.image, places, order=3), 0.0, CEILING)
    brain = _at(scan.brain_distance, places, order=1)
    return replace(
        scan,
        image=image,
        brain_distance=brain,
        head_distance=brain if scan.brain_only else _at(scan.head_distance, places, order=1),
        energy={axis: gradient_energy(image, scan.affine, axis, scan.center) for axis in _AXES},
    )


def _places(
    rng: Generator, scan: PreparedScan, elastic_mm: float, scale: float
) -> NDArray[np.float32]:
    """Return where in the scan every voxel of the other head lies, ``(3, I, J, K)`` voxels."""
    to_voxels = np.linalg.inv(scan.affine)
    center = to_voxels[:3, :3] @ scan.center + to_voxels[:3, 3]
    spacing = np.linalg.norm(scan.affine[:3, :3], axis=0)
    largest = (elastic_mm / spacing)[:, None, None, None]
    control = rng.uniform(-1, 1, (3, *[CONTROL_POINTS] * 3)) * largest
    field = displacement_field(
        torch.from_numpy(control.astype(np.float32)), scan.image.shape, torch.from_numpy(center)
    )
    shrink = 1.0 / (1.0 + rng.uniform(-scale, scale, 3))
    places: NDArray[np.float32] = field.numpy()
    for axis, sides in enumerate(np.ogrid[tuple(slice(n) for n in scan.image.shape)]):
        places[axis] += (center[axis] + (sides - center[axis]) * shrink[axis]).astype(np.float32)
    return places


def _at(
    volume: NDArray[np.float32], places: NDArray[np.float32], order: int
) -> NDArray[np.float32]:
    found: NDArray[np.float32] = ndimage.map_coordinates(
        volume, places, np.float32, order=order, mode="mirror"
    )
    return found
