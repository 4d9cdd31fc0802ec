"""How heads move: seeded patterns, each giving a :class:`Trajectory`.

A pattern turns settings and a random generator into one trajectory, and nothing else: the same
seed gives the same motion. ``events`` counts what the pattern is made of (steps, nods, swallows,
turning points); no angle or shift exceeds its axis's ``rotation_deg`` or ``translation_mm``.

A trajectory holds each pose for a while, so a continuous motion becomes a staircase, and each step
has the pose of the motion half-way through it. Drift and random walk take 32 equal steps
(:data:`CONTINUOUS_SEGMENTS`), or 4 an event where that is more; a nod takes 8 a period and a
swallow 3. Steps of one height are exactly equal, because equal poses are resampled only once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MotionQCLib.errors import InputError
from MotionQCLib.motion.trajectory import Axis, Ordering, Point, Trajectory

CONTINUOUS_SEGMENTS = 32
"""Steps into which a drift or a random walk over the whole acquisition is cut, at least."""
_SEGMENTS_PER_EVENT = 4
_SWALLOW_SHARE = (0.01, 0.03)
"""Shortest and longest swallow as a share of the acquisition: 3 to 9 s of five minutes."""

_REST = np.zeros(6)
_TZ, _RX = 2, 3

# Heights of a sine, half-way through each eighth of its period; mirrored so that they are equal.
_LOW, _HIGH = np.sin(np.pi / 8), np.cos(np.pi / 8)
_NOD_LEVELS = np.array([_LOW, _HIGH, _HIGH, _LOW, -_LOW, -_HIGH, -_HIGH, -_LOW])
# A half-sine, its two middle quarters in one step.
_SWALLOW_LEVELS = np.array([_LOW, _HIGH, _LOW])
_SWALLOW_ENDS = np.array([0.0, 0.25, 0.75])

Poses = NDArray[np.float64]


Triple = tuple[float, float, float]


@dataclass(frozen=True)
class PatternSettings:
    """How often, how far, when and along which slab axis the head moves.

    Parameters
    ----------
    events
        Steps, nods, swallows or turning points; at least 1.
    rotation_deg
        Largest angle about each axis (right, front, up), degrees; one number is for all three.
    translation_mm
        Largest shift along each axis, mm; one number is for all three.
    axis
        Slab axis of the acquisition.
    pivot
        Point about which the head turns, RAS mm; None is the brain's centre of the moved scan.
    ordering
        Order in which slabs are acquired.
    onset
        When the head first leaves its rest, in k-space time from 0 to below 1; what follows is
        drawn together into the time that is left. None is whenever the pattern has it.

    Raises
    ------
    InputError
        If there is no event, or a range is negative or not finite, or a name or time is wrong.
    """

    events: int
    rotation_deg: float | Triple
    translation_mm: float | Triple
    axis: Axis = "AP"
    pivot: Point | None = None
    ordering: Ordering = "linear"
    onset: float | None = None

    def __post_init__(self) -> None:
        if self.events < 1:
            raise InputError("bad-events", f"events is {self.events}; give at least 1.")
        for name in ("rotation_deg", "translation_mm"):
            _check_range(name, getattr(self, name))
        if self.axis not in get_args(Axis):
            raise InputError("bad-axis", f"axis is {self.axis!r}; give one of {get_args(Axis)}.")
        if self.ordering not in get_args(Ordering):
            known = get_args(Ordering)
            raise InputError("bad-ordering", f"ordering is {self.ordering!r}; give one of {known}.")
        if self.onset is not None and not 0 <= self.onset < 1:
            raise InputError("bad-onset", f"onset is {self.onset}; give a share from 0 to below 1.")

    @property
    def reach(self) -> NDArray[np.float64]:
        """Largest value ``(6,)`` of each pose component, mm and degrees."""
        ranges = (self.translation_mm, self.rotation_deg)
        return np.concatenate([np.broadcast_to(each, 3) for each in ranges]).astype(float)

    def trajectory(self, poses: ArrayLike, onsets: ArrayLike) -> Trajectory:
        """Return these poses, beginning at the onset, with the settings' axis and pivot."""
        poses, onsets = np.asarray(poses, float), np.asarray(onsets, float)
        if self.onset is not None:
            poses, onsets = _begin_at(self.onset, poses, onsets)
        return Trajectory(poses, onsets, axis=self.axis, pivot=self.pivot, ordering=self.ordering)


Pattern = Callable[[PatternSettings, np.random.Generator], Trajectory]


def steps(settings: PatternSettings, rng: np.random.Generator) -> Trajectory:
    """Sudden steps at random times, each to a new random pose that is then held."""
    poses = np.vstack([_REST, _draw_poses(settings, rng)])
    onsets = np.concatenate([[0.0], np.sort(rng.uniform(size=settings.events))])
    return settings.trajectory(poses, onsets)


def step_and_return(settings: PatternSettings, rng: np.random.Generator) -> Trajectory:
    """Steps out of rest and back to exactly the first pose, one within each share of the time."""
    starts = rng.uniform(0.05, 0.5, settings.events)
    ends = starts + rng.uniform(0.1, 0.45, settings.events)
    shares = np.arange(settings.events)
    times = (np.stack([starts, ends], axis=1) + shares[:, np.newaxis]) / settings.events
    out_and_back = [[pose, _REST] for pose in _draw_poses(settings, rng)]
    return settings.trajectory(
        np.vstack([_REST, *(pose for pair in out_and_back for pose in pair)]),
        np.concatenate([[0.0], times.ravel()]),
    )


def drift(settings: PatternSettings, rng: np.random.Generator) -> Trajectory:
    """Linear drift from rest through random poses, one reached at the end of each equal leg."""
    knots = np.vstack([_REST, _draw_poses(settings, rng)])
    onsets, middles = _equal_segments(settings.events)
    legs = np.linspace(0, 1, len(knots))
    poses = np.stack([np.interp(middles, legs, component) for component in knots.T], axis=1)
    return settings.trajectory(poses, onsets)


def nod(settings: PatternSettings, rng: np.random.Generator) -> Trajectory:
    """A periodic nod: pitch, and a rise and fall along z, with ``events`` periods.

    Phase and amplitude (half to all of the range) are random.
    """
    period = _NOD_LEVELS.size
    amplitude = _nodding(settings, rng.uniform(0.5, 1.0))
    first = rng.integers(period)
    left = rng.uniform(0.1, 0.9)  # of the first step, at the start
    count = settings.events * period + 1
    levels = _NOD_LEVELS[(first + np.arange(count)) % period]
    onsets = np.concatenate([[0.0], (left + np.arange(count - 1)) / (count - 1)])
    return settings.trajectory(levels[:, np.newaxis] * amplitude, onsets)


def swallow(settings: PatternSettings, rng: np.random.Generator) -> Trajectory:
    """Swallows: brief rises of the chin and the head, each returning to exactly the first pose."""
    poses, onsets = [_REST], [0.0]
    for event in range(settings.events):
        length = min(rng.uniform(*_SWALLOW_SHARE), 0.5 / settings.events)
        start = (event + rng.uniform(0.05, 0.45)) / settings.events
        amplitude = _nodding(settings, rng.uniform(0.5, 1.0))
        poses += [level * amplitude for level in _SWALLOW_LEVELS] + [_REST]
        onsets += [*(start + _SWALLOW_ENDS * length), start + length]
    return settings.trajectory(np.vstack(poses), onsets)


def random_walk(settings: PatternSettings, rng: np.random.Generator) -> Trajectory:
    """A smooth random walk from rest: a cubic spline through ``events`` Gaussian steps.

    Each component is scaled so that its farthest point is a random share of its range.
    """
    from scipy.interpolate import CubicSpline  # half a second that other patterns need not pay

    walked = np.cumsum(rng.standard_normal((settings.events, 6)), axis=0)
    spline = CubicSpline(np.linspace(0, 1, settings.events + 1), np.vstack([_REST, walked]))
    onsets, middles = _equal_segments(settings.events)
    poses = spline(middles)
    farthest = np.abs(poses).max(axis=0)
    poses = poses / farthest * settings.reach * rng.uniform(size=6)
    return settings.trajectory(poses, onsets)


PATTERNS: dict[str, Pattern] = {
    "steps": steps,
    "step-and-return": step_and_return,
    "drift": drift,
    "nod": nod,
    "swallow": swallow,
    "random-walk": random_walk,
}
"""All patterns by the name that the shell and the module show."""


def make_trajectory(
    pattern: str,
    *,
    events: int,
    rotation_deg: float | Triple,
    translation_mm: float | Triple,
    axis: Axis = "AP",
    seed: int | None,
    pivot: Point | None = None,
    ordering: Ordering = "linear",
    onset: float | None = None,
) -> Trajectory:
    """Return a trajectory of a named pattern; see :class:`PatternSettings` for the arguments.

    Parameters
    ----------
    pattern
        A key of :data:`PATTERNS`.
    seed
        Seed of the random generator; None takes a fresh one.

    Raises
    ------
    InputError
        If the pattern is unknown or a setting is out of range.

    Examples
    --------
    >>> moved = make_trajectory("steps", events=3, rotation_deg=2, translation_mm=1, seed=7)
    >>> moved.poses.shape
    (4, 6)
    """
    if pattern not in PATTERNS:
        raise InputError("unknown-pattern", f"pattern is {pattern!r}; give one of {[*PATTERNS]}.")
    settings = PatternSettings(events, rotation_deg, translation_mm, axis, pivot, ordering, onset)
    return PATTERNS[pattern](settings, np.random.default_rng(seed))


def _draw_poses(settings: PatternSettings, rng: np.random.Generator) -> Poses:
    """One uniform pose an event, both directions alike."""
    return rng.uniform(-1.0, 1.0, (settings.events, 6)) * settings.reach


def _nodding(settings: PatternSettings, share: float) -> Poses:
    """Pose of a raised chin: front up, head up, by a share of the ranges."""
    pose = np.zeros(6)
    pose[[_TZ, _RX]] = share * settings.reach[[_TZ, _RX]]
    return pose


def _begin_at(onset: float, poses: Poses, onsets: Poses) -> tuple[Poses, Poses]:
    """Let the head leave its rest at ``onset`` instead of whenever it first does."""
    moved = poses.any(axis=1)
    if not moved.any():
        return poses, onsets
    first = int(np.argmax(moved))
    begin = onsets[first]
    later = onset + (1 - onset) * (onsets[first:] - begin) / (1 - begin)
    if onset == 0:
        return poses[first:], later
    return np.vstack([_REST, poses[first:]]), np.concatenate([[0.0], later])


def _check_range(name: str, value: float | Triple) -> None:
    sizes = np.asarray(value, dtype=float)
    if sizes.shape not in ((), (3,)) or not (np.isfinite(sizes).all() and (sizes >= 0).all()):
        raise InputError(
            "bad-range",
            f"{name} is {value}; give a finite range, 0 or more, or three of them.",
        )


def _equal_segments(events: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Onsets and middles of the equal steps that a continuous motion is cut into."""
    count = max(CONTINUOUS_SEGMENTS, _SEGMENTS_PER_EVENT * events)
    onsets = np.arange(count) / count
    return onsets, onsets + 0.5 / count
