"""How TorchIO and two published systems draw their motion, as published and mended.

Each is a frozen record of ranges with a ``draw``: a seeded generator in, a :class:`MotionDraw` out.
A draw holds the parameters of one ``torchio.Motion``; as published it becomes a trajectory that
reproduces TorchIO's image, defects included (``torchio_convention.py``). Mended, the same movements
happen in the order of their times, about the brain's centre, along an anatomical slab axis, and
the reference is whatever pose the centre of k-space saw.

Sources: ``torchio.RandomMotion`` 1.2.1. Bricout et al. 2025, arXiv 2502.00160. Loizillon et al.
2023, SPIE Medical Imaging, with the defaults of ClinicaDL and TorchIO where the paper is silent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from MotionQCLib.motion.torchio_convention import push_poses
from MotionQCLib.motion.trajectory import Axis, Point, Trajectory

Array = NDArray[np.float64]
Range = tuple[float, float]

_JITTER = 0.3  # of the step between times
_TRIES_AT_ONCE = 64
_MOST_TRIES = 200_000


@dataclass(frozen=True, eq=False)
class MotionDraw:
    """Parameters of one ``torchio.Motion``.

    Parameters
    ----------
    degrees, translation : (N, 3) array
        Angles and shifts (mm) of each movement, a pull map in LPS.
    times : (N,) array
        When each happens, in k-space time, ascending.
    label_mm : float or None
        The score that the draw was accepted for, where the sampling has one.
    """

    degrees: Array
    translation: Array
    times: Array
    label_mm: float | None = None

    def as_published(self) -> Trajectory:
        """Return the trajectory that reproduces TorchIO's image."""
        return Trajectory.from_torchio(self.degrees, self.translation, self.times)

    def mended(self, *, axis: Axis = "AP", pivot: Point | None = None) -> Trajectory:
        """Return the same movements in the order of their times, about the brain's centre.

        Parameters
        ----------
        axis
            Slab axis.
        pivot
            Where the head turns, RAS mm; None is the brain's centre of the moved scan.
        """
        poses = np.vstack([np.zeros(6), push_poses(self.degrees, self.translation)])
        return Trajectory(poses, np.concatenate([[0.0], self.times]), axis=axis, pivot=pivot)


@dataclass(frozen=True)
class TorchIOSampling:
    """Uniform angles and shifts at evenly spaced, jittered times: ``torchio.RandomMotion``.

    Parameters
    ----------
    degrees, translation_mm
        Range of each angle and each shift. A range above 0 draws positive values only.
    movements
        Number of movements.
    signed
        Give each value a random sign, which positive ranges lack as published.

    Raises
    ------
    ValueError
        If a range descends, or there is no movement.
    """

    degrees: Range = (-10.0, 10.0)
    translation_mm: Range = (-10.0, 10.0)
    movements: int = 2
    signed: bool = False

    def __post_init__(self) -> None:
        for name in ("degrees", "translation_mm"):
            low, high = getattr(self, name)
            if not low <= high:
                raise ValueError(f"{name} is {(low, high)}; give (low, high) with low <= high")
        if self.movements < 1:
            raise ValueError(f"movements is {self.movements}; give at least 1")

    def draw(self, rng: np.random.Generator) -> MotionDraw:
        """Return one draw."""
        degrees, translation = (
            rng.uniform(*limits, (self.movements, 3))
            for limits in (self.degrees, self.translation_mm)
        )
        if self.signed:
            degrees = degrees * rng.choice([-1.0, 1.0], degrees.shape)
            translation = translation * rng.choice([-1.0, 1.0], translation.shape)
        return MotionDraw(degrees, translation, _draw_times(self.movements, rng))


LOIZILLON_2023_SEVERITIES: dict[str, Range] = {
    "mild": (2.0, 4.0),
    "moderate": (4.0, 6.0),
    "severe": (6.0, 8.0),
    "test": (2.0, 8.0),
}
"""Ranges of degrees and mm alike that Loizillon et al. train and test with."""


def loizillon2023(
    severity: str = "severe", *, movements: int = 2, signed: bool = False
) -> TorchIOSampling:
    """Return the sampling of Loizillon et al. 2023: two gross excursions, all to one side.

    Parameters
    ----------
    severity
        A key of :data:`LOIZILLON_2023_SEVERITIES`.
    movements
        Unstated in the paper; 2 is TorchIO's and ClinicaDL's.
    signed
        Mends the positive draws, by which all poses lie close together and far from rest.
    """
    if severity not in LOIZILLON_2023_SEVERITIES:
        known = [*LOIZILLON_2023_SEVERITIES]
        raise ValueError(f"severity must be one of {known}, got {severity!r}")
    limits = LOIZILLON_2023_SEVERITIES[severity]
    return TorchIOSampling(limits, limits, movements, signed)


@dataclass(frozen=True)
class Bricout2025Sampling:
    """Motion with a wanted score: draws are repeated until the label is near a uniform goal.

    The goal's first value limits the rotations; then it is shifted, limits the translations and is
    the score aimed at. As published, the label is the mean of the RMS deviations between
    successive poses in the order in which they are listed, which is not the order in which k-space
    sees them, and angles are read as rotation vectors. Mended, it scores the maps applied; with
    :meth:`MotionDraw.mended` they are applied in the listed order.

    Parameters
    ----------
    goal_mm
        Range of the goal.
    goal_shift_mm
        Largest shift of the goal once the rotations' range is set.
    goal_floor_mm
        Least goal after the shift.
    degrees_per_mm, most_degrees
        The rotations' range is uniform from 0 to the lesser of goal times the one, and the other.
    movements
        Least and largest number of movements.
    tolerance_mm
        How far label and goal may differ.
    radius_mm
        Radius of the label's sphere, centred on the pivot.
    mended
        Score the maps applied instead of rotation vectors.
    """

    goal_mm: Range = (0.05, 4.0)
    goal_shift_mm: float = 0.2
    goal_floor_mm: float = 0.1
    degrees_per_mm: float = 1 / 3
    most_degrees: float = 1.0
    movements: tuple[int, int] = (2, 7)
    tolerance_mm: float = 0.02
    radius_mm: float = 82.5
    mended: bool = False

    def draw(
        self, rng: np.random.Generator, settings: np.random.Generator | None = None
    ) -> MotionDraw:
        """Return the first of many draws whose label is near the goal.

        Parameters
        ----------
        rng : Generator
            Source of all chance.
        settings : Generator or None
            Source of the rotations' range, the goal's shift and the number of movements, where
            these do not come from ``rng``: as published, every worker process repeats the same few.

        Raises
        ------
        RuntimeError
            If the settings leave no chance of meeting the goal.
        """
        settings = rng if settings is None else settings
        goal = rng.uniform(*self.goal_mm)
        reach_deg = settings.uniform(0, min(goal * self.degrees_per_mm, self.most_degrees))
        goal += settings.uniform(-self.goal_shift_mm, self.goal_shift_mm)
        goal = max(goal, self.goal_floor_mm)
        movements = int(settings.integers(self.movements[0], self.movements[1] + 1))
        for _ in range(_MOST_TRIES // _TRIES_AT_ONCE):
            degrees = rng.uniform(-reach_deg, reach_deg, (_TRIES_AT_ONCE, movements, 3))
            translation = rng.uniform(-goal, goal, (_TRIES_AT_ONCE, movements, 3))
            labels = self._labels(degrees, translation)
            near = np.flatnonzero(np.abs(labels - goal) <= self.tolerance_mm)
            if near.size:
                first = near[0]
                draw = MotionDraw(degrees[first], translation[first], _draw_times(movements, rng))
                return replace(draw, label_mm=float(labels[first]))
        raise RuntimeError(f"no motion of {goal:.2f} mm in {_MOST_TRIES} draws; widen tolerance_mm")

    def _labels(self, degrees: Array, translation: Array) -> Array:
        """Labels ``(B,)`` of many draws ``(B, N, 3)`` at once, rest first."""
        angles = degrees.reshape(-1, 3)
        rotation = (
            Rotation.from_euler("ZXY", angles[:, [2, 0, 1]], degrees=True)
            if self.mended
            else Rotation.from_rotvec(angles, degrees=True)
        )
        matrices = rotation.as_matrix().reshape(*degrees.shape, 3)
        return successive_deviation(matrices, translation, self.radius_mm)


def successive_deviation(rotations: Array, translations: Array, radius: float) -> Array:
    """Return the mean RMS deviation of each pose from the one before, rest being the first.

    Parameters
    ----------
    rotations : (..., N, 3, 3) array
        Rotation matrices about the centre of the sphere.
    translations : (..., N, 3) array
        Shifts, mm.
    radius : float
        Radius of the sphere, mm.

    Returns
    -------
    (...) array
        Millimetres.
    """
    before_r, before_t = np.empty_like(rotations), np.empty_like(translations)
    before_r[..., 0, :, :], before_r[..., 1:, :, :] = np.eye(3), rotations[..., :-1, :, :]
    before_t[..., 0, :], before_t[..., 1:, :] = 0.0, translations[..., :-1, :]
    turn = rotations @ np.swapaxes(before_r, -1, -2)
    shift = translations - np.einsum("...ij,...j->...i", turn, before_t)
    spread = ((turn - np.eye(3)) ** 2).sum(axis=(-1, -2))
    deviation: Array = np.sqrt(radius**2 / 5 * spread + (shift**2).sum(axis=-1)).mean(axis=-1)
    return deviation


def _draw_times(movements: int, rng: np.random.Generator) -> Array:
    """Even times, each off by up to 0.3 of the step between them."""
    step = 1 / (movements + 1)
    even = np.arange(1, movements + 1) * step
    return even + rng.uniform(-_JITTER * step, _JITTER * step, movements)
