"""Motion of evaluations: patterns and TorchIO's own, within the protocol's limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.patterns import PATTERNS, PatternSettings
from MotionQCLib.motion.score import MotionScores, scaled_to_score
from MotionQCLib.motion.trajectory import Axis, Ordering
from MotionQCTraining.evaluation.protocol import Foreign, Limits, Moves
from MotionQCTraining.evaluation.resting_head import AXES, RestingHead

_TRIES = 200
_JITTER = 0.3
"""Share of the mean step by which ``torchio.RandomMotion`` shifts the times of movements."""


@dataclass(frozen=True, eq=False)
class Motion:
    """A drawn motion.

    Parameters
    ----------
    trajectory : Trajectory
        The poses.
    pattern : str
        The pattern's name.
    scores : MotionScores
        Its scores on the head that it was drawn for.
    """

    trajectory: Trajectory
    pattern: str
    scores: MotionScores

    @property
    def score_mm(self) -> float:
        """The ``edge`` score, mm."""
        return self.scores.edge


def wanted_scores(rng: Generator, draws: int, limits: Limits) -> NDArray[np.float64]:
    """Return scores ``(draws,)``, one from each of as many equal stretches of the range, mm."""
    return (np.arange(draws) + rng.uniform(size=draws)) * limits.score_mm / draws


def balanced_axes(rng: Generator, draws: int) -> list[Axis]:
    """Return slab axes, each as often as the others, in random order."""
    return [AXES[n] for n in rng.permutation(np.arange(draws) % len(AXES))]


def draw_motion(
    rng: Generator, moves: Moves, limits: Limits, wanted_mm: float, axis: Axis, head: RestingHead
) -> Motion:
    """Draw a motion of a wanted score.

    A draw that would have to leave the limits is drawn anew, pattern and all. Where none reaches
    the score, the motion that came nearest is as large as the limits let it be.
    """
    nearest: Motion | None = None
    for _ in range(_TRIES):
        name = str(rng.choice(moves.patterns))
        low, high = moves.events
        ordering: Ordering = "centric" if rng.random() < moves.centric else "linear"
        x, y, z = head.center
        settings = PatternSettings(
            int(rng.integers(low, high + 1)),
            limits.rotation_deg,
            limits.translation_mm,
            axis,
            (float(x), float(y), float(z)),
            ordering,
        )
        largest = largest_within(PATTERNS[name](settings, rng), limits)
        reach = head.scores(largest)
        if reach.edge >= wanted_mm > 0:
            exact = scaled_to_score(largest, wanted_mm, head.energy(axis), head.center)
            return Motion(exact, name, head.scores(exact))
        if nearest is None or reach.edge > nearest.score_mm:
            nearest = Motion(largest, name, reach)
    assert nearest is not None
    return nearest


def largest_within(trajectory: Trajectory, limits: Limits) -> Trajectory:
    """Return the same course, as large as no component of a pose exceeds its limit."""
    size = np.abs(trajectory.poses).max(axis=0)
    ratios = [
        limit / part.max()
        for part, limit in ((size[:3], limits.translation_mm), (size[3:], limits.rotation_deg))
        if part.max() > 0
    ]
    return trajectory.scaled(min(ratios, default=1.0))


def draw_foreign_motion(
    rng: Generator, foreign: Foreign, limits: Limits, share: float, head: RestingHead
) -> Motion:
    """Draw parameters of ``torchio.Motion`` as ``torchio.RandomMotion`` does.

    Parameters
    ----------
    rng : Generator
        Source of all chance.
    foreign, limits : Foreign, Limits
        What is drawn from.
    share : float
        Share of the limits that angles and shifts are drawn from, above 0.
    head : RestingHead
        The head; the motion belongs with its :attr:`~RestingHead.centered` affine.
    """
    nearest: Motion | None = None
    for _ in range(_TRIES):
        count = int(rng.integers(foreign.movements[0], foreign.movements[1] + 1))
        degrees = rng.uniform(-1, 1, (count, 3)) * limits.rotation_deg * share
        translation = rng.uniform(-1, 1, (count, 3)) * limits.translation_mm * share
        step = 1.0 / (count + 1)
        times = step * (np.arange(1, count + 1) + rng.uniform(-_JITTER, _JITTER, count))
        trajectory = Trajectory.from_torchio(degrees, translation, times)
        motion = Motion(trajectory, "torchio", head.foreign_scores(trajectory))
        if motion.score_mm <= limits.score_mm:
            return motion
        if nearest is None or motion.score_mm < nearest.score_mm:
            nearest = motion
    assert nearest is not None
    return nearest
