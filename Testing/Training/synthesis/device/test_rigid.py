"""Poses in batches are the poses of ``MotionQCLib.motion.rigid``."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from MotionQCLib.motion import pose_matrix
from MotionQCLib.motion import rms_deviation as one_rms_deviation
from MotionQCTraining.synthesis.device.rigid import (
    inverse,
    pose_matrices,
    rms_deviation,
    voxel_pulls,
)

number = st.floats(-90, 90)
some_poses = st.lists(st.tuples(*[number] * 6), min_size=1, max_size=4)
a_point = st.tuples(*[number] * 3)


def doubles(values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@given(some_poses, a_point)
def test_matrices_are_those_of_single_poses(poses, pivot) -> None:
    batch = pose_matrices(doubles(poses), doubles(pivot))
    single = [pose_matrix(pose, pivot) for pose in poses]
    np.testing.assert_allclose(batch.numpy(), single, atol=1e-10)


@given(some_poses, a_point)
def test_deviations_are_those_of_single_pairs(poses, center) -> None:
    maps = pose_matrices(doubles(poses), doubles(center))
    batch = rms_deviation(maps, maps[:1], doubles(center), 82.5)
    single = [one_rms_deviation(one.numpy(), maps[0].numpy(), center, 82.5) for one in maps]
    np.testing.assert_allclose(batch.numpy(), single, atol=1e-7)


def test_an_inverse_undoes_its_map() -> None:
    maps = pose_matrices(torch.randn(3, 2, 6, dtype=torch.float64) * 20, torch.ones(3))
    expected = torch.eye(4, dtype=torch.float64).expand_as(maps)
    torch.testing.assert_close(inverse(maps) @ maps, expected, atol=1e-12, rtol=0)


def test_a_shift_to_the_right_looks_for_voxels_on_the_left() -> None:
    """Voxels of 2 mm, the first axis running to the left: a push of 6 mm is 3 voxels on."""
    affine = torch.diag(torch.tensor([-2.0, 2.0, 2.0, 1.0], dtype=torch.float64))
    push = pose_matrices(torch.tensor([6.0, 0, 0, 0, 0, 0], dtype=torch.float64), torch.zeros(3))
    torch.testing.assert_close(voxel_pulls(push, affine)[:3, 3].tolist(), [3.0, 0.0, 0.0])
