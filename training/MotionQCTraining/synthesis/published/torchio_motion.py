"""Motion by TorchIO, with or without two of its defects.

As published, a head turns about voxel (0, 0, 0), because the image goes in without an affine, and
rest, which samplers list first, is acquired at the centre of k-space. Mended, the world's origin is
put at the head's centre, which is then what TorchIO turns about; and movements happen in the order
in which they are listed, seen from the pose at the centre, which is the one that stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
import torchio
from numpy.typing import NDArray

from MotionQCLib.motion.rigid import ORIGIN, matrix_pose, pose_matrix, rms_deviation
from MotionQCLib.motion.samplings import MotionDraw
from MotionQCTraining.data.framed import FramedHead

SIMULATOR = "torchio.Motion (real part, last array axis, sudden movements)"
"""What moves the scans that published systems learn from, in words for tables."""
Volume = NDArray[np.float32]
Matrix = NDArray[np.float64]
Pivot = Literal["head", "origin"]
Interpolation = Literal["linear", "bspline"]


def as_image(head: FramedHead, pivot: Pivot) -> torchio.ScalarImage:
    """Return a framed scan as TorchIO takes it.

    Parameters
    ----------
    head : FramedHead
        The scan.
    pivot : str
        What TorchIO's motion turns about: the ``head``'s centre, or the ``origin``, which is the
        first voxel, as published.
    """
    affine = np.diag([head.spacing_mm] * 3 + [1.0])
    if pivot == "head":
        affine[:3, 3] = -head.spacing_mm * head.center
    return torchio.ScalarImage(tensor=torch.from_numpy(head.image[np.newaxis]), affine=affine)


def flipped(head: FramedHead) -> FramedHead:
    """Return a framed scan mirrored left to right, its centre too."""
    center = head.center * [-1, 1, 1] + [len(head.image) - 1, 0, 0]
    return replace(head, image=np.ascontiguousarray(head.image[::-1]), center=center)


def move(
    image: torchio.ScalarImage, draw: MotionDraw, interpolation: Interpolation
) -> torchio.ScalarImage:
    """Return what ``torchio.Motion`` makes of an image."""
    motion = torchio.Motion(
        degrees=draw.degrees,
        translation=draw.translation,
        times=draw.times,
        image_interpolation=interpolation,
    )
    moved: torchio.ScalarImage = motion(image)
    return moved


def displace(
    image: torchio.ScalarImage, pose: NDArray[np.float64], interpolation: Interpolation
) -> torchio.ScalarImage:
    """Return an image of a head that lay still elsewhere, interpolated once.

    Parameters
    ----------
    image : ScalarImage
        As of ``as_image``, about whose pivot the head is turned.
    pose : (6,) array
        Shifts (mm) and angles (degrees).
    interpolation : str
        Of this pose.
    """
    rigid = torchio.Affine(
        scales=(1, 1, 1),
        degrees=tuple(pose[3:]),
        translation=tuple(pose[:3]),
        center="origin",
        image_interpolation=interpolation,
    )
    displaced: torchio.ScalarImage = rigid(image)
    return displaced


@dataclass(frozen=True, eq=False)
class Acquired:
    """A draw that ``torchio.Motion`` acquires in the order in which its movements were listed.

    Parameters
    ----------
    draw : MotionDraw
        Parameters for ``torchio.Motion``.
    maps : list of N + 1 (4, 4) arrays
        The pull maps applied, LPS, in the order of time; that of the centre is the identity.
    """

    draw: MotionDraw
    maps: list[Matrix]

    def successive_mm(self, radius_mm: float) -> float:
        """Mean RMS deviation of each map from the one before, mm."""
        steps = [rms_deviation(b, a, ORIGIN, radius_mm) for a, b in pairwise(self.maps)]
        return float(np.mean(steps))


def in_listed_order(draw: MotionDraw, slabs: int) -> Acquired:
    """Return a draw rearranged, so that TorchIO's exchange of rest and centre undoes itself.

    Parameters
    ----------
    draw : MotionDraw
        Movements from rest, in the order of their times.
    slabs : int
        Length of the array's last axis.
    """
    times = _around_the_center(np.asarray(draw.times, float), slabs)
    late = np.flatnonzero(times > 0.5)
    center = int(late[0]) if late.size else len(times)
    listed = [np.eye(4), *map(_pull, draw.translation, draw.degrees)]
    # A head registered to the pose at the centre: V(T_i x) is U(T_c^-1 T_i x), where U is V moved.
    maps = [np.linalg.inv(listed[center]) @ each for each in listed]
    exchanged = maps.copy()
    exchanged[0], exchanged[center] = maps[center], maps[0]
    poses = np.array([matrix_pose(each) for each in exchanged[1:]])
    return Acquired(
        replace(draw, degrees=poses[:, 3:], translation=poses[:, :3], times=times), maps
    )


def _pull(translation: NDArray[np.float64], degrees: NDArray[np.float64]) -> Matrix:
    return pose_matrix([*translation, *degrees])


def _around_the_center(times: NDArray[np.float64], slabs: int) -> NDArray[np.float64]:
    """Times that say of the centre of k-space what TorchIO makes of it.

    A time less than a slab above 0.5 begins a segment at the centre, yet counts as one after it:
    TorchIO then puts rest into the segment before. At 0.5 it begins at the same slab, and rightly
    does not count.
    """
    at_center = (times > 0.5) & ((slabs * times).astype(int) == slabs // 2)
    return np.where(at_center, 0.5, times)
