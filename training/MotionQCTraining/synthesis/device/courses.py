"""Random courses of head motion, many at once, scaled to the scores that were drawn.

The kinds are those of ``motion_draws``, with about the same number of poses in each: a batch costs
what its poses cost. A course is drawn at unit size; what is drawn of its size is its ``edge``
score, so that small motion is seen as often as large.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

from MotionQCTraining.synthesis.device.trajectories import Trajectories
from MotionQCTraining.synthesis.motion_draws import COURSE_NAMES, CourseName, MotionDraws

Course = tuple[Tensor, Tensor]
"""Poses ``(R, S, 6)`` at unit size and their onsets ``(R, S)``, 1 where there is no segment."""

_LAST_ONSET = 0.999
_TRIES = 20
_SCALING_ROUNDS = 3
_SMALL = 0.1  # a size at which the score is all but linear in the size


def draw_trajectories(
    generator: Generator,
    draws: MotionDraws,
    events: int,
    energy: Tensor,
    center: Tensor,
    grid: tuple[int, int, int],
    wanted_mm: Tensor | None = None,
) -> Trajectories:
    """Draw a trajectory about each brain's centre.

    Its ``edge`` score is what was drawn or asked for, unless ``draws`` limits its poses; so a brief
    motion may be left smaller.

    Parameters
    ----------
    generator : Generator
        Source of all chance, on the CPU.
    draws : MotionDraws
        Scores, share of centric acquisitions, limits.
    events : int
        Mean number of poses besides rest.
    energy : (B, 3, n) float64 tensor
        Gradient-energy share of every slab along each array axis; see :class:`Trajectories`.
    center : (B, 3) float64 tensor
        The brains' centres, RAS mm.
    grid : tuple
        Voxels of the scans.
    wanted_mm : (B,) float64 tensor, optional
        The scores asked for; by default they are drawn.
    """
    size = len(energy)
    axis = torch.randint(3, (size,), generator=generator)
    centric = _uniform(generator, 0, 1, size) < draws.centric
    along = energy[torch.arange(size), axis]
    wanted = wanted_scores(generator, draws, size) if wanted_mm is None else wanted_mm
    poses, onsets = random_courses(generator, events, size, draws.courses)
    unit = Trajectories(poses, onsets, axis, centric, center)
    for _ in range(_TRIES):
        vain = _edge(unit.scaled(torch.full((size,), _SMALL)), along, grid) < 1e-3 * _SMALL
        if not vain.any():
            break
        again = random_courses(generator, events, size, draws.courses)
        poses = torch.where(vain[:, None, None], again[0], poses)
        onsets = torch.where(vain[:, None], again[1], onsets)
        unit = Trajectories(poses, onsets, axis, centric, center)
    return _scaled_to(unit, wanted, along, grid, draws)


def wanted_scores(generator: Generator, draws: MotionDraws, size: int) -> Tensor:
    """Draw scores ``(B,)`` in mm: 0, log-uniform or uniform, in the shares asked for."""
    low, high = math.log(draws.smallest_mm), math.log(draws.largest_mm)
    logarithmic = _uniform(generator, low, high, size).exp()
    uniform = _uniform(generator, 0, draws.largest_mm, size)
    chosen = torch.where(_uniform(generator, 0, 1, size) < draws.logarithmic, logarithmic, uniform)
    return chosen * (_uniform(generator, 0, 1, size) >= draws.still)


def random_courses(
    generator: Generator, events: int, size: int, names: Sequence[CourseName] = COURSE_NAMES
) -> Course:
    """Draw a course of one of some kinds for each of ``size`` heads."""
    kind = torch.randint(len(names), (size,), generator=generator)
    drawn = [COURSES[name](generator, events, size) for name in names]
    most = max(onsets.shape[1] for _, onsets in drawn)
    poses = torch.zeros(size, most, 6, dtype=torch.float64)
    onsets = torch.ones(size, most, dtype=torch.float64)
    for number, (some_poses, some_onsets) in enumerate(drawn):
        rows = kind == number
        poses[rows, : some_poses.shape[1]] = some_poses[rows]
        onsets[rows, : some_onsets.shape[1]] = some_onsets[rows]
    return poses * (onsets < 1)[..., None], onsets


def steps(generator: Generator, events: int, size: int) -> Course:
    """A new, unrelated pose at each of some moments."""
    onsets = _onsets(generator, _counts(generator, 1, 2 * events - 1, size), 2 * events - 1)
    return _from_rest(_poses(generator, size, 2 * events - 1)), onsets


def walk(generator: Generator, events: int, size: int) -> Course:
    """Small shifts that add up, as a head that settles or slides."""
    poses, onsets = steps(generator, events, size)
    return poses.cumsum(dim=1), onsets


def excursions(generator: Generator, events: int, size: int) -> Course:
    """The head leaves and comes back, wholly or nearly, a few times."""
    most = max(1, events - 1)
    starts = _onsets(generator, _counts(generator, 1, most, size), most)[:, 1:]
    stay = _log_uniform(generator, 0.02, 0.8, size, most)
    nearly = 0.15 * _uniform(generator, 0, 1, size, most, 1)
    rest = (_poses(generator, size, most) * nearly).cumsum(dim=1)
    return _interleaved(starts, _room(starts) * stay, _poses(generator, size, most), rest)


def nods(generator: Generator, events: int, size: int) -> Course:
    """Brief movements about one axis, mostly left to right, always back to the same place."""
    most = 2 * events - 1
    starts = _onsets(generator, _counts(generator, 1, most, size), most)[:, 1:]
    brief = _log_uniform(generator, 0.006, 0.06, size, most)
    mostly = torch.where(
        _uniform(generator, 0, 1, size) < 0.7, 3, torch.randint(4, 6, (size,), generator=generator)
    )
    shape = 0.3 * _poses(generator, size, 1)
    shape[torch.arange(size), 0, mostly] += 1.0
    away = shape * _uniform(generator, 0.5, 1.5, size, most, 1)
    stay = torch.minimum(0.8 * _room(starts), brief)
    return _interleaved(starts, stay, away, torch.zeros_like(away))


def drift(generator: Generator, events: int, size: int) -> Course:
    """A slow slide in one direction over part of the scan, in small steps."""
    count = 2 * events
    ends = _uniform(generator, 0, 1, size, 2).sort(dim=1).values
    first, last = ends[:, :1], torch.maximum(ends[:, 1:], (ends[:, :1] + 0.2).clamp(max=0.99))
    share = torch.linspace(0, 1, count, dtype=torch.float64)
    onsets = _with_start(first + (last - first) * share).clamp(max=_LAST_ONSET)
    gone = torch.linspace(0, 1, count + 1, dtype=torch.float64)[:, None]
    return gone * _poses(generator, size, 1), onsets


COURSES: dict[CourseName, Callable[[Generator, int, int], Course]] = {
    "steps": steps,
    "walk": walk,
    "excursions": excursions,
    "nods": nods,
    "drift": drift,
}


def _scaled_to(
    unit: Trajectories,
    wanted: Tensor,
    energy: Tensor,
    grid: tuple[int, int, int],
    draws: MotionDraws,
) -> Trajectories:
    """Scale trajectories to their scores as far as the limits allow."""
    largest = unit.poses.abs().amax(dim=1)
    allowed = torch.minimum(
        draws.limit_mm / largest[:, :3].amax(dim=1), draws.limit_deg / largest[:, 3:].amax(dim=1)
    )
    factor = torch.full_like(wanted, _SMALL)
    for _ in range(_SCALING_ROUNDS):
        score = _edge(unit.scaled(factor), energy, grid)
        # A course that leaves no trace is left out: its sample is still, and labelled so.
        change = torch.where(score > 0, wanted / score, 0.0)
        factor = torch.where(wanted > 0, torch.minimum(factor * change, allowed), 0.0)
    return unit.scaled(factor.nan_to_num(0.0, 0.0))


def _edge(trajectories: Trajectories, energy: Tensor, grid: tuple[int, int, int]) -> Tensor:
    return trajectories.scores(energy, trajectories.pivot, grid)[:, 0]


def _uniform(generator: Generator, low: float, high: float, *shape: int) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)


def _log_uniform(generator: Generator, low: float, high: float, *shape: int) -> Tensor:
    return _uniform(generator, math.log(low), math.log(high), *shape).exp()


def _counts(generator: Generator, low: int, high: int, size: int) -> Tensor:
    return torch.randint(low, high + 1, (size,), generator=generator)


def _poses(generator: Generator, size: int, count: int) -> Tensor:
    """Poses of about 1 mm or degree, each trajectory with favourite directions of its own."""
    kind = _uniform(generator, 0.2, 1.0, size, 1, 2).repeat_interleave(3, dim=2)
    favour = _uniform(generator, 0.1, 1.0, size, 1, 6) * kind
    return favour * torch.randn(size, count, 6, generator=generator, dtype=torch.float64)


def _onsets(generator: Generator, counts: Tensor, most: int) -> Tensor:
    """0 and random moments, half of the time drawn towards the centre of k-space."""
    size = len(counts)
    anywhere = _uniform(generator, 0.02, 0.98, size, most)
    scatter = torch.randn(size, most, generator=generator, dtype=torch.float64)
    central = (0.5 + 0.15 * scatter).clamp(0.02, 0.98)
    moments = torch.where(_uniform(generator, 0, 1, size, 1) < 0.5, central, anywhere)
    moments = torch.where(torch.arange(most) < counts[:, None], moments, 1.0)
    return _with_start(moments.sort(dim=1).values)


def _with_start(onsets: Tensor) -> Tensor:
    return torch.cat([torch.zeros(len(onsets), 1, dtype=torch.float64), onsets], dim=1)


def _from_rest(poses: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(poses[:, :1]), poses], dim=1)


def _room(starts: Tensor) -> Tensor:
    """Time from each start to the next, or to the end."""
    return torch.diff(starts, dim=1, append=torch.ones_like(starts[:, :1]))


def _interleaved(starts: Tensor, stay: Tensor, away: Tensor, rest: Tensor) -> Course:
    """Go out at every start, and come back to a rest after a stay."""
    there = starts < 1
    ends = torch.where(there, (starts + stay).clamp(max=_LAST_ONSET), 1.0)
    onsets = torch.stack([starts, ends], dim=2).flatten(1)
    poses = torch.stack([away, rest], dim=2).flatten(1, 2)
    return _from_rest(poses), _with_start(onsets)
