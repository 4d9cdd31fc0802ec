"""How much a trajectory moved the head, in millimetres: the three scores of one motion.

The deviation of a segment is the RMS deviation of its pose from the pose at the centre of k-space,
over a sphere of 80 mm about the brain's centre. What differs is the weight of a segment: its
share of the head's gradient energy (``edge``: what the artefact follows), or of time (``time``).
``bricout2025`` is the label of Bricout et al. 2025, for reproduction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MotionQCLib.motion.rigid import ORIGIN, pose_matrix, rms_deviation
from MotionQCLib.motion.slab_energy import energy_along
from MotionQCLib.motion.trajectory import Trajectory
from MotionQCLib.scan.head import brain_center

BRICOUT_RADIUS_MM = 82.5
_SCALING_ROUNDS = 4


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
    energy = energy_along(volume, affine, trajectory.slab_axis(affine)[0], center)
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
        :func:`.gradient_energy` of the scan along the trajectory's slab axis.
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
