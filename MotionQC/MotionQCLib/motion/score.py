"""How much a trajectory moved the head, in millimetres: the three scores of one motion.

The deviation of a segment is the RMS deviation of its pose from the pose at the centre of k-space,
over a sphere of 80 mm about the brain's centre. What differs is the weight of a segment: its
share of the head's gradient energy (``edge``: what the artefact follows), or of time (``time``).
The head is what lies in a ball about the brain's centre, so that neither neck nor face nor the
size of the field of view changes the score of a motion.
``bricout2025`` is the label of Bricout et al. 2025, for reproduction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from MotionQCLib.motion.rigid import ORIGIN, pose_matrix, rms_deviation
from MotionQCLib.motion.trajectory import Axis, Trajectory, slab_axis
from MotionQCLib.scan.head import brain_center

BRICOUT_RADIUS_MM = 82.5
_SCALING_ROUNDS = 4
WINDOW_MM = (70.0, 90.0)
"""Radii about the brain's centre between which the head fades out of the gradient energy."""


@dataclass(frozen=True)
class MotionScores:
    """The scores of one trajectory on one scan, all in mm."""

    edge: float
    time: float
    bricout2025: float

    def to_json(self) -> dict[str, float]:
        """Return the scores by name."""
        return asdict(self)


def scores(volume: NDArray[np.generic], affine: ArrayLike, trajectory: Trajectory) -> MotionScores:
    """Return the three motion scores of a trajectory on a still scan.

    Parameters
    ----------
    volume : (I, J, K) array
        The still scan, for its gradient energy and its brain's centre.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    trajectory : Trajectory
        The motion.
    """
    center = brain_center(volume, np.asarray(affine, dtype=float))
    energy = _energy_along(volume, affine, trajectory.slab_axis(affine)[0], center)
    return trajectory_scores(trajectory, energy, center)


def trajectory_scores(
    trajectory: Trajectory, energy: NDArray[np.float64], center: ArrayLike
) -> MotionScores:
    """Return the scores, with what depends on the scan alone given.

    Parameters
    ----------
    trajectory : Trajectory
        The motion; a missing pivot is the brain's centre.
    energy : (n,) array
        :func:`gradient_energy` of the scan along the trajectory's slab axis.
    center : (3,) array
        The brain's centre, RAS mm.
    """
    segments = trajectory.segments(len(energy))
    deviation = _deviations(trajectory, int(segments[0]), center)[segments]
    return MotionScores(
        edge=float(energy @ deviation),
        time=float(deviation.mean()),
        bricout2025=_successive(trajectory),
    )


def scaled_to_score(
    trajectory: Trajectory, wanted_mm: float, energy: NDArray[np.float64], center: ArrayLike
) -> Trajectory:
    """Return the same course of motion, as large as its ``edge`` score asks for.

    Parameters
    ----------
    trajectory : Trajectory
        The motion; its size does not matter.
    wanted_mm : float
        The ``edge`` score to reach, mm.
    energy, center : arrays
        As for :func:`trajectory_scores`.

    Raises
    ------
    ValueError
        If the motion leaves no trace in k-space, so that no size reaches the score.
    """
    # The score is all but linear in the size; what angles add to that, a few rounds take away.
    for _ in range(_SCALING_ROUNDS):
        score = trajectory_scores(trajectory, energy, center).edge
        if score < 1e-9:
            raise ValueError("trajectory has an edge score of 0 mm; draw another")
        trajectory = trajectory.scaled(wanted_mm / score)
    return trajectory


def gradient_energy(
    volume: NDArray[np.generic], affine: ArrayLike, axis: Axis, center: ArrayLike
) -> NDArray[np.float64]:
    """Return each slab's share of ``sum |k|^2 |X|^2``, the energy of the head's gradient.

    ``X`` is the spectrum of the image times a window about the brain's centre: 1 up to 70 mm, a
    half cosine to 0 at 90 mm.

    Parameters
    ----------
    volume : (I, J, K) array
        The still scan.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    axis : "LR", "AP" or "SI"
        The slab axis.
    center : (3,) array
        The brain's centre, RAS mm.

    Returns
    -------
    (n,) array
        In FFT order; sum 1. Of a real image it is the same in both directions of the axis.
    """
    return _energy_along(volume, affine, slab_axis(affine, axis)[0], center)


def _energy_along(
    volume: NDArray[np.generic], affine: ArrayLike, across: int, center: ArrayLike
) -> NDArray[np.float64]:
    """Share of the gradient energy in each slab along one array axis, in FFT order."""
    affine = np.asarray(affine, dtype=float)
    windowed = np.asarray(volume, np.float32) * _window(volume.shape, affine, center)
    spacing = np.roll(np.linalg.norm(affine[:3, :3], axis=0), -across)
    order = np.roll(range(3), -across)
    turned = np.ascontiguousarray(windowed.transpose(order))
    spectrum = fft.rfftn(turned, workers=-1)
    power = spectrum.real**2 + spectrum.imag**2
    n0, n1, n2 = turned.shape
    k0, k1 = fft.fftfreq(n0, spacing[0]), fft.fftfreq(n1, spacing[1])
    k2 = fft.rfftfreq(n2, spacing[2])
    # Of each conjugate pair the half spectrum holds one, and its partner lies in slab -k.
    paired = (np.arange(len(k2)) > 0) & (2 * np.arange(len(k2)) < n2)
    across_k = (k1**2)[:, None] + (k2**2)[None, :]
    energy = np.zeros(n0)
    for columns, has_partner in ((~paired, False), (paired, True)):
        part = power[:, :, columns]
        own = k0**2 * part.sum(axis=(1, 2), dtype=float)
        own += np.einsum("abc,bc->a", part, across_k[:, columns], optimize=True)
        energy += own + (own[-np.arange(n0)] if has_partner else 0.0)
    total = energy.sum()
    return energy / total if total > 0 else np.full(n0, 1.0 / n0)


def _window(
    shape: tuple[int, ...], affine: NDArray[np.float64], center: ArrayLike
) -> NDArray[np.float32]:
    """1 in the ball that holds the brain, falling smoothly to 0 around it."""
    to_center = np.linalg.inv(affine) @ [*np.asarray(center, dtype=float), 1.0]
    metric = (affine[:3, :3].T @ affine[:3, :3]).astype(np.float32)
    u = np.ogrid[tuple(slice(0, n) for n in shape)]
    i, j, k = (
        axis.astype(np.float32) - np.float32(c) for axis, c in zip(u, to_center, strict=False)
    )
    squared = metric[0, 0] * i * i + metric[1, 1] * j * j + 2 * metric[0, 1] * i * j
    squared = squared + metric[2, 2] * k * k + 2 * (metric[0, 2] * i + metric[1, 2] * j) * k
    inner, outer = WINDOW_MM
    share = np.clip((np.sqrt(np.maximum(squared, 0)) - inner) / (outer - inner), 0.0, 1.0)
    window: NDArray[np.float32] = (0.5 + 0.5 * np.cos(np.pi * share)).astype(np.float32)
    return window


def _deviations(trajectory: Trajectory, reference: int, center: ArrayLike) -> NDArray[np.float64]:
    """RMS deviation of every pose from the reference pose, mm."""
    pushes = trajectory.matrices(trajectory.pivot if trajectory.pivot is not None else center)
    return np.array([rms_deviation(push, pushes[reference], center) for push in pushes])


def _successive(trajectory: Trajectory) -> float:
    """Mean deviation between successive poses, about their own pivot, in the listed order."""
    pushes = [pose_matrix(pose) for pose in trajectory.listed_poses()]
    steps = [
        rms_deviation(after, before, ORIGIN, BRICOUT_RADIUS_MM)
        for before, after in pairwise(pushes)
    ]
    return float(np.mean(steps)) if steps else 0.0
