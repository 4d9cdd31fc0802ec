"""The motion model of TorchIO 1.2.1, defects included, so that its images can be reproduced.

What ``torchio.Motion`` does differently from this package, and :class:`Trajectory` follows when its
convention is "torchio":

* Slabs lie along the last array axis, whatever its anatomy.
* Rotations (ITK's Euler angles) and shifts are *pull* maps in LPS. The centre set on them gets lost
  when they pass through a matrix, so the head turns about the world's origin.
* Pose 0 is rest. It changes places with the pose of the segment after the first time above 0.5, so
  that rest fills the centre of k-space. Where that time lies less than a slab above 0.5, the
  centre falls into the segment before it all the same, and is moved.
* A segment begins at slab ``int(n * time)``, in the precision of the times (TorchIO draws float32).
* Outside the scan is its minimum, the border value is continued by half a voxel, interpolation is
  linear, and the real part of the image is kept.

Source: ``torchio/transforms/augmentation/intensity/random_motion.py``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MotionQCLib.motion.rigid import matrix_pose, pose_matrix

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def push_poses(degrees: ArrayLike, translation: ArrayLike) -> NDArray[np.float64]:
    """Return the poses ``(N, 6)`` of TorchIO's parameters, in the sense of ``rigid.py``.

    Parameters
    ----------
    degrees, translation : (N, 3) array
        Angles and shifts (mm) of a pull map in LPS, as ``torchio.Motion`` takes them.

    Raises
    ------
    ValueError
        If the shapes are not both (N, 3).
    """
    angles = np.asarray(degrees, dtype=float)
    shifts = np.asarray(translation, dtype=float)
    if angles.ndim != 2 or angles.shape[1] != 3 or shifts.shape != angles.shape:
        raise ValueError(
            f"degrees and translation must both have shape (N, 3), got {angles.shape} and "
            f"{shifts.shape}; give three angles and three shifts a movement"
        )
    return np.array([_push_pose(*pair) for pair in zip(angles, shifts, strict=True)]).reshape(-1, 6)


def acquired_order(poses: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rest and the poses ``(N + 1, 6)`` in the order in which k-space saw them."""
    return swapped_center(np.vstack([np.zeros(6), poses]), times)


def swapped_center(poses: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exchange the first pose with that of the centre: from listed order to acquired, and back."""
    late = np.flatnonzero(times > 0.5)
    center = int(late[0]) if late.size else len(times)
    exchanged = poses.copy()
    exchanged[[0, center]] = poses[[center, 0]]
    return exchanged


def slab_segments(onsets: NDArray[np.float64], slabs: int) -> NDArray[np.intp]:
    """Return which pose each slab of k-space saw, in FFT order."""
    times = onsets
    if np.array_equal(times, times.astype(np.float32)):
        times = times.astype(np.float32)
    first = (slabs * times).astype(int)
    segment = np.searchsorted(first, np.arange(slabs), side="right") - 1
    return np.fft.ifftshift(segment)


def _push_pose(degrees: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn one pull map, LPS, into the push pose, RAS; both about their frame's origin."""
    pull = pose_matrix([*shift, *degrees])
    return matrix_pose(_RAS_TO_LPS @ np.linalg.inv(pull) @ _RAS_TO_LPS)
