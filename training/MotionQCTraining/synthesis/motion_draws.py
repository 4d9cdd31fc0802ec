"""Random head motion for training: kinds of motion seen in scanners, scaled to a wanted score.

Unlike a sampler that draws poses uniformly, this one draws the *score*: networks need as many
examples of small motion as of large, and volunteers who really moved lie at the small end. A
course of motion is drawn at unit size, then scaled until its ``edge`` score is the wanted one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from MotionQCLib.motion import Trajectory, trajectory_scores
from MotionQCLib.motion.trajectory import Axis, Ordering
from MotionQCTraining.limits import POSITIVE, SHARE, Limit, require

Course = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Poses ``(N, 6)`` at unit size, and their onsets ``(N,)``."""
CourseName = Literal["steps", "walk", "excursions", "nods", "drift"]
COURSE_NAMES: tuple[CourseName, ...] = get_args(CourseName)


@dataclass(frozen=True)
class MotionDraws:
    """How motion is drawn.

    Parameters
    ----------
    courses : tuple of str
        Kinds of motion, drawn evenly.
    still : float
        Share of samples without any motion.
    smallest_mm, largest_mm : float
        Range of the wanted score.
    logarithmic : float
        Share of moved samples whose score is log-uniform; the others are uniform.
    centric : float
        Share of centric acquisitions.
    limit_mm, limit_deg : float
        No pose goes beyond this; a brief motion that would have to is left smaller.
    """

    courses: tuple[CourseName, ...] = COURSE_NAMES
    still: float = 0.12
    smallest_mm: float = 0.1
    largest_mm: float = 4.0
    logarithmic: float = 0.5
    centric: float = 0.1
    limit_mm: float = 12.0
    limit_deg: float = 10.0

    def __post_init__(self) -> None:
        shares = dict.fromkeys(("still", "logarithmic", "centric"), SHARE)
        sizes = dict.fromkeys(("smallest_mm", "largest_mm", "limit_mm", "limit_deg"), POSITIVE)
        courses = Limit(
            lambda names: names and set(names) <= set(COURSE_NAMES),
            f"some of {', '.join(COURSE_NAMES)}",
        )
        require(self, {"courses": courses, **shares, **sizes})
        if self.smallest_mm > self.largest_mm:
            raise ValueError(
                f"smallest_mm is {self.smallest_mm}, above largest_mm {self.largest_mm}; "
                "give the smaller one first"
            )

    def score(self, rng: Generator) -> float:
        """Draw a wanted score, mm."""
        if rng.random() < self.still:
            return 0.0
        if rng.random() < self.logarithmic:
            low, high = np.log([self.smallest_mm, self.largest_mm])
            return float(np.exp(rng.uniform(low, high)))
        return float(rng.uniform(0.0, self.largest_mm))

    def trajectory(
        self,
        rng: Generator,
        wanted_mm: float,
        axis: Axis,
        energy: NDArray[np.float64],
        center: ArrayLike,
    ) -> Trajectory:
        """Draw a trajectory about ``center`` whose ``edge`` score is ``wanted_mm`` if limits allow.

        Parameters
        ----------
        rng : Generator
            Source of all chance.
        wanted_mm : float
            The score to reach, mm.
        axis : "LR", "AP" or "SI"
            The slab axis.
        energy : (n,) array
            Gradient-energy share of every slab along it.
        center : (3,) array
            The brain's centre, RAS mm.
        """
        ordering: Ordering = "centric" if rng.random() < self.centric else "linear"
        while True:
            poses, onsets = COURSES[self.courses[int(rng.integers(len(self.courses)))]](rng)
            x, y, z = np.asarray(center, float)
            unit = Trajectory(poses, onsets, axis, ordering, (float(x), float(y), float(z)))
            # Scaled from a small size, at which the score is linear in the size.
            score = trajectory_scores(unit.scaled(0.1), energy, center).edge / 0.1
            if score > 1e-3:
                break
        largest = np.abs(unit.poses).max(axis=0)
        allowed = min(self.limit_mm / largest[:3].max(), self.limit_deg / largest[3:].max())
        return unit.scaled(min(wanted_mm / score, allowed))


def steps(rng: Generator) -> Course:
    """A new, unrelated pose at each of one to eight moments."""
    events = int(rng.integers(1, 9))
    poses = np.vstack([np.zeros(6), _poses(rng, events)])
    return poses, _onsets(rng, events)


def walk(rng: Generator) -> Course:
    """Small shifts that add up, as a head that settles or slides."""
    events = int(rng.integers(3, 13))
    poses = np.vstack([np.zeros(6), np.cumsum(_poses(rng, events), axis=0)])
    return poses, _onsets(rng, events)


def excursions(rng: Generator) -> Course:
    """The head leaves and comes back, wholly or nearly, one to three times."""
    count = int(rng.integers(1, 4))
    starts = _onsets(rng, count)[1:]
    room = np.diff(np.append(starts, 1.0))
    ends = starts + room * np.exp(rng.uniform(np.log(0.02), np.log(0.8), count))
    rest = np.cumsum(_poses(rng, count) * rng.uniform(0, 0.15), axis=0)
    away = _poses(rng, count)
    return _interleaved(np.zeros(6), starts, away, ends, rest)


def nods(rng: Generator) -> Course:
    """Brief movements about one axis, mostly left to right, always back to the same place."""
    count = int(rng.integers(1, 9))
    starts = _onsets(rng, count)[1:]
    room = np.diff(np.append(starts, 1.0))
    ends = starts + np.minimum(room * 0.8, np.exp(rng.uniform(np.log(0.006), np.log(0.06), count)))
    shape = _poses(rng, 1)[0] * 0.3
    shape[3 if rng.random() < 0.7 else int(rng.integers(4, 6))] += 1.0
    away = shape * rng.uniform(0.5, 1.5, (count, 1))
    return _interleaved(np.zeros(6), starts, away, ends, np.zeros((count, 6)))


def drift(rng: Generator) -> Course:
    """A slow slide in one direction over part of the scan, in ten small steps."""
    first, last = np.sort(rng.uniform(0, 1, 2))
    last = max(last, min(first + 0.2, 0.99))
    onsets = np.concatenate([[0.0], np.linspace(first, last, 10)])
    return np.linspace(0, 1, 11)[:, None] * _poses(rng, 1), np.clip(onsets, 0, 0.999)


COURSES: dict[CourseName, Callable[[Generator], Course]] = {
    "steps": steps,
    "walk": walk,
    "excursions": excursions,
    "nods": nods,
    "drift": drift,
}


def _poses(rng: Generator, count: int) -> NDArray[np.float64]:
    """Poses of about 1 mm or degree, each trajectory with favourite directions of its own."""
    favour = rng.uniform(0.1, 1.0, 6) * np.repeat(rng.uniform(0.2, 1.0, 2), 3)
    return rng.normal(size=(count, 6)) * favour


def _onsets(rng: Generator, events: int) -> NDArray[np.float64]:
    """0 and ``events`` random moments, half of the time drawn towards the centre of k-space."""
    moments = rng.uniform(0.02, 0.98, events)
    if rng.random() < 0.5:
        moments = np.clip(0.5 + rng.normal(0, 0.15, events), 0.02, 0.98)
    return np.concatenate([[0.0], np.sort(moments)])


def _interleaved(
    first: NDArray[np.float64],
    starts: NDArray[np.float64],
    away: NDArray[np.float64],
    ends: NDArray[np.float64],
    rest: NDArray[np.float64],
) -> Course:
    poses = [first]
    onsets = [0.0]
    for start, out, end, back in zip(starts, away, ends, rest, strict=True):
        poses += [out, back]
        onsets += [float(start), float(end)]
    return np.array(poses), np.minimum(np.array(onsets), 0.999)
