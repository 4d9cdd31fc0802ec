"""Segments and scores of a batch are those of each trajectory alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from MotionQCLib.motion import trajectory_scores
from MotionQCTraining.synthesis.device.courses import random_courses
from MotionQCTraining.synthesis.device.trajectories import SCORES, Trajectories

GRID = (12, 15, 10)
SIZE = 60


def energy_of(trajectories: Trajectories, generator: Generator) -> Tensor:
    """Any shares that sum to 1 along each trajectory's axis."""
    energy = torch.rand(SIZE, max(GRID), generator=generator, dtype=torch.float64)
    slabs = torch.tensor(GRID)[trajectories.axis][:, None]
    energy = energy * (torch.arange(max(GRID)) < slabs)
    return energy / energy.sum(dim=1, keepdim=True)


@pytest.fixture
def a_batch(generator) -> Trajectories:
    poses, onsets = random_courses(generator, 4, SIZE)
    return Trajectories(
        poses,
        onsets,
        torch.randint(3, (SIZE,), generator=generator),
        torch.rand(SIZE, generator=generator) < 0.5,
        torch.randn(SIZE, 3, generator=generator, dtype=torch.float64) * 10,
    )


def test_each_slab_sees_the_pose_that_it_sees_alone(a_batch) -> None:
    found = a_batch.segments(GRID)
    for number in range(SIZE):
        slabs = GRID[int(a_batch.axis[number])]
        alone = a_batch.one(number).segments(slabs)
        np.testing.assert_array_equal(found[number, :slabs], alone)


def test_scores_are_those_of_each_trajectory_alone(a_batch, generator) -> None:
    energy = energy_of(a_batch, generator)
    center = a_batch.pivot + 3.0
    found = a_batch.scores(energy, center, GRID)
    for number in range(SIZE):
        slabs = GRID[int(a_batch.axis[number])]
        alone = trajectory_scores(
            a_batch.one(number), energy[number, :slabs].numpy(), center[number].numpy()
        ).to_json()
        expected = [alone[name] for name in SCORES]
        np.testing.assert_allclose(found[number], expected, atol=1e-9)


def test_a_larger_course_is_larger_by_its_factor(a_batch) -> None:
    doubled = a_batch.scaled(torch.full((SIZE,), 2.0))
    torch.testing.assert_close(doubled.poses, 2 * a_batch.poses)
    torch.testing.assert_close(doubled.onsets, a_batch.onsets)
