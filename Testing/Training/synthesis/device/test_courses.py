"""Drawn motion begins at rest, stays in time, and reaches the drawn score or its limits."""

from __future__ import annotations

import pytest
import torch
from torch import Generator, Tensor

from MotionQCTraining.synthesis.device.courses import (
    COURSES,
    draw_trajectories,
    random_courses,
    wanted_scores,
)
from MotionQCTraining.synthesis.device.trajectories import Trajectories
from MotionQCTraining.synthesis.motion_draws import MotionDraws

GRID = (64, 64, 64)
SIZE = 200
ENERGY = (torch.fft.fftfreq(64, dtype=torch.float64).abs() + 0.05).expand(SIZE, 3, 64)
ENERGY = ENERGY / ENERGY.sum(dim=2, keepdim=True)
CENTER = torch.tensor([3.0, -10.0, 20.0], dtype=torch.float64).expand(SIZE, 3)


def drawn(generator: Generator, draws: MotionDraws) -> tuple[Trajectories, Tensor]:
    trajectories = draw_trajectories(generator, draws, 5, ENERGY, CENTER, GRID)
    return trajectories, trajectories.scores(ENERGY[:, 0], CENTER, GRID)[:, 0]


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
def test_a_course_begins_at_rest_and_goes_on_in_time(course, generator) -> None:
    poses, onsets = course(generator, 5, SIZE)
    assert torch.all(poses[:, 0] == 0)
    assert torch.all(onsets[:, 0] == 0)
    assert torch.all(onsets[:, 1:].diff(dim=1) >= 0)
    assert torch.all((onsets[:, 1] > 0) & (onsets[:, 1] < 1))


@pytest.mark.parametrize("wanted", [0.2, 1.0, 3.0])
def test_a_trajectory_has_the_wanted_score_unless_it_hits_a_limit(wanted, generator) -> None:
    draws = MotionDraws(still=0, smallest_mm=wanted, largest_mm=wanted, logarithmic=1)
    trajectories, scores = drawn(generator, draws)
    largest = trajectories.poses.abs().amax(dim=1)
    limited = (largest[:, :3].amax(1) > draws.limit_mm - 1e-6) | (
        largest[:, 3:].amax(1) > draws.limit_deg - 1e-6
    )
    assert largest[:, :3].max() <= draws.limit_mm + 1e-9
    assert largest[:, 3:].max() <= draws.limit_deg + 1e-9
    torch.testing.assert_close(
        scores[~limited], torch.full_like(scores[~limited], wanted), atol=1e-3, rtol=0
    )
    assert limited.double().mean() < 0.4
    assert torch.all(scores[limited] < wanted + 1e-6)


def test_still_heads_do_not_move_at_all(generator) -> None:
    trajectories, scores = drawn(generator, MotionDraws(still=1.0))
    assert torch.all(trajectories.poses == 0)
    assert torch.all(scores == 0)


def test_wanted_scores_hold_their_shares(generator) -> None:
    scores = wanted_scores(generator, MotionDraws(still=0.25, logarithmic=0.5), 4000)
    assert (scores == 0).double().mean() == pytest.approx(0.25, abs=0.03)
    # Half of the others are uniform up to 4 mm, half log-uniform from 0.1 mm on.
    assert (scores > 2).double().mean() == pytest.approx(0.75 * (0.25 + 0.094), abs=0.03)


def test_courses_have_about_the_events_asked_for(generator) -> None:
    _, onsets = random_courses(generator, 5, 2000)
    assert 4.5 < float((onsets < 1).sum(dim=1).double().mean()) < 9.5


def test_the_same_seed_draws_the_same_motion() -> None:
    first, again, other = (
        drawn(torch.Generator().manual_seed(seed), MotionDraws())[0].poses for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_courses_are_of_the_kinds_asked_for(generator) -> None:
    poses, onsets = random_courses(generator, 5, 50, ["drift"])
    assert torch.all((onsets < 1).sum(dim=1) == 11)
    torch.testing.assert_close(poses[:, 1] * 10, poses[:, -1])
