"""A trajectory: which pose the head held while which part of k-space was acquired.

k-space time runs from 0 to 1. A trajectory divides it into segments; segment ``i`` begins at
``onsets[i]`` and holds ``poses[i]``. One slab (all lines with one index along the slab axis) is
acquired at a time, in linear order (from one edge of k-space to the other) or centric order (from
the centre outwards). The slab axis is anatomical, so that neither the order nor the direction of
the array's axes changes what is simulated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MotionQCLib.anatomy import nearest_axes
from MotionQCLib.motion import torchio_convention
from MotionQCLib.motion.rigid import Matrix, pose_matrix

Axis = Literal["LR", "AP", "SI"]
Ordering = Literal["linear", "centric"]
Convention = Literal["motionqc", "torchio"]
Point = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Poses of the head over the acquisition; an immutable record.

    Parameters
    ----------
    poses : (N, 6) array
        ``[tx, ty, tz, rx, ry, rz]`` in mm and degrees, RAS, about the pivot (see ``rigid.py``).
    onsets : (N,) array
        When each pose begins, in k-space time: the first is 0, all lie in [0, 1), ascending.
    axis : "LR", "AP" or "SI"
        The slab axis: the slow phase-encoding direction.
    ordering : "linear" or "centric"
        The order in which slabs are acquired.
    pivot : (3,) tuple or None
        Point about which the head turns, RAS mm; None is the brain's centre of the moved scan.
    convention : "motionqc" or "torchio"
        "torchio" follows ``torchio.Motion`` 1.2.1 to the letter, see :meth:`from_torchio`; the
        slab axis is then the array's last, whatever ``axis`` says, and the ordering linear.

    Raises
    ------
    ValueError
        If a shape, an onset or a name is not as above.
    """

    poses: NDArray[np.float64]
    onsets: NDArray[np.float64]
    axis: Axis = "AP"
    ordering: Ordering = "linear"
    pivot: Point | None = None
    convention: Convention = "motionqc"

    def __post_init__(self) -> None:
        poses = np.array(self.poses, dtype=np.float64, ndmin=2)
        onsets = np.array(self.onsets, dtype=np.float64, ndmin=1)
        _check(poses, onsets)
        _check_name("axis", self.axis, get_args(Axis))
        _check_name("ordering", self.ordering, get_args(Ordering))
        _check_name("convention", self.convention, get_args(Convention))
        poses.setflags(write=False)
        onsets.setflags(write=False)
        object.__setattr__(self, "poses", poses)
        object.__setattr__(self, "onsets", onsets)
        if self.pivot is not None:
            pivot = np.asarray(self.pivot, dtype=np.float64)
            if pivot.shape != (3,) or not np.isfinite(pivot).all():
                raise ValueError(f"pivot must be three finite numbers or None, got {self.pivot}")
            object.__setattr__(self, "pivot", tuple(pivot.tolist()))

    @classmethod
    def from_torchio(
        cls, degrees: ArrayLike, translation: ArrayLike, times: ArrayLike
    ) -> Trajectory:
        """Return the trajectory of a ``torchio.Motion`` (1.2.1) with these parameters.

        ``simulate`` of it gives TorchIO's image; ``torchio_convention.py`` lists what that means.

        Parameters
        ----------
        degrees, translation : (N, 3) array
            Angles and shifts (mm) of the N movements, a pull map in LPS.
        times : (N,) array
            When each movement happens: ascending, from 0 to below 1.

        Raises
        ------
        ValueError
            If a shape or a time is not as above.
        """
        times = np.asarray(times, dtype=np.float64)
        poses = torchio_convention.push_poses(degrees, translation)
        if times.shape != (len(poses),):
            raise ValueError(f"times must have shape ({len(poses)},) to match, got {times.shape}")
        return cls(
            poses=torchio_convention.acquired_order(poses, times),
            onsets=np.concatenate([[0.0], times]),
            axis="SI",
            pivot=(0.0, 0.0, 0.0),
            convention="torchio",
        )

    def __len__(self) -> int:
        return len(self.poses)

    def matrices(self, pivot: ArrayLike | None = None) -> list[Matrix]:
        """Push maps of all poses about ``pivot``, else the trajectory's own, else the origin."""
        about = pivot if pivot is not None else self.pivot if self.pivot is not None else (0, 0, 0)
        return [pose_matrix(pose, about) for pose in self.poses]

    def segments(self, slabs: int, *, reverse: bool = False) -> NDArray[np.intp]:
        """Return which pose each slab of k-space saw.

        Parameters
        ----------
        slabs : int
            Number of slabs, the array's length along the slab axis.
        reverse : bool
            True where the array's axis runs against the anatomical one (to the left, back, feet).

        Returns
        -------
        (slabs,) integer array
            Index into ``poses``, in FFT order (the centre of k-space first).
        """
        if self.convention == "torchio":
            return torchio_convention.slab_segments(self.onsets, slabs)
        frequency = np.fft.fftfreq(slabs, 1.0 / slabs).round().astype(int)
        if reverse:
            frequency = np.where(2 * frequency == -slabs, frequency, -frequency)
        # Centric order alternates between the two sides: 0, 1, -1, 2, -2 ...
        key = frequency if self.ordering == "linear" else 2 * np.abs(frequency) - (frequency > 0)
        rank = np.argsort(np.argsort(key))
        middle_of_slab = (rank + 0.5) / slabs
        return np.searchsorted(self.onsets, middle_of_slab, side="right") - 1

    def listed_poses(self) -> NDArray[np.float64]:
        """Return the poses ``(N, 6)`` in the order in which a sampler lists them.

        That is the acquired order; but TorchIO lists rest first and acquires it at the centre.
        """
        if self.convention == "torchio":
            return torchio_convention.swapped_center(self.poses, self.onsets[1:])
        return self.poses

    def slab_axis(self, affine: ArrayLike) -> tuple[int, bool]:
        """Return the array axis of the slabs, and whether it runs against RAS."""
        if self.convention == "torchio":
            return 2, False
        return slab_axis(affine, self.axis)

    def reference(self, slabs: int) -> int:
        """Index of the pose at the centre of k-space: the one a registration would find."""
        return int(self.segments(slabs)[0])

    def scaled(self, factor: float) -> Trajectory:
        """Return the same course of motion, ``factor`` times as large."""
        return replace(self, poses=self.poses * factor)

    def about(self, pivot: ArrayLike) -> Trajectory:
        """Return the same course of motion about another pivot (RAS mm)."""
        x, y, z = (float(value) for value in np.asarray(pivot, dtype=float))
        return replace(self, pivot=(x, y, z))


def _check(poses: NDArray[np.float64], onsets: NDArray[np.float64]) -> None:
    if poses.ndim != 2 or poses.shape[1] != 6 or len(poses) == 0:
        raise ValueError(f"poses must have shape (N, 6) with N >= 1, got {poses.shape}")
    if onsets.shape != (len(poses),):
        raise ValueError(f"onsets must have shape ({len(poses)},) like poses, got {onsets.shape}")
    if not np.isfinite(poses).all():
        raise ValueError("poses must be finite; replace NaN or infinite values")
    inside = onsets[0] == 0 and onsets[-1] < 1
    if not (np.isfinite(onsets).all() and inside and (np.diff(onsets) >= 0).all()):
        raise ValueError(f"onsets must start at 0, ascend and stay below 1, got {onsets.tolist()}")


def _check_name(argument: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{argument} must be one of {allowed}, got {value!r}")


def slab_axis(affine: ArrayLike, axis: Axis) -> tuple[int, bool]:
    """Return the array axis nearest to an anatomical one, and whether it runs against RAS.

    Each array axis serves one anatomical axis, see :func:`nearest_axes`.

    Parameters
    ----------
    affine : (4, 4) array
        Voxel indices to RAS mm.
    axis : "LR", "AP" or "SI"
        The anatomical axis.
    """
    world, sign = nearest_axes(affine)
    nearest = world.index(get_args(Axis).index(axis))
    return nearest, sign[nearest] < 0
