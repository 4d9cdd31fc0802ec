"""The simulator on the device gives the images of ``MotionQCLib.motion`` and of TorchIO."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torchio
from hypothesis import given, settings
from hypothesis import strategies as st

from MotionQCLib.motion import Trajectory, pose_matrix
from MotionQCLib.motion import simulate as simulate_on_cpu
from MotionQCTraining.synthesis.device.acquisition import simulate
from MotionQCTraining.synthesis.device.resample import Resampler

TOLERANCE = 1e-4  # of the range, which is 1


@pytest.mark.parametrize("kernel", ["linear", "cubic"])
@pytest.mark.parametrize("output", ["magnitude", "real"])
@pytest.mark.parametrize("ordering", ["linear", "centric"])
@pytest.mark.parametrize("axis", ["LR", "AP", "SI"])
def test_an_image_is_that_of_the_other_simulator(
    a_volume, an_affine, moved_by, axis, ordering, output, kernel, device
) -> None:
    trajectory = moved_by(axis, ordering)
    expected = simulate_on_cpu(a_volume, an_affine, trajectory, output=output, kernel=kernel)
    before = a_volume.copy()
    found = simulate(
        torch.tensor(a_volume, device=device), an_affine, trajectory, output=output, kernel=kernel
    )
    assert np.abs(expected - a_volume).max() > 100 * TOLERANCE
    np.testing.assert_allclose(found.cpu(), expected, atol=TOLERANCE)
    np.testing.assert_array_equal(a_volume, before)


def test_an_image_is_that_of_torchio(a_volume, an_affine) -> None:
    """In air, so that TorchIO's own border makes no difference."""
    volume = np.pad(a_volume, 8)
    degrees, shifts, times = [[2, -1, 3], [-3, 2, 1]], [[1, 2, -1], [0, -2, 1.5]], [0.3, 0.7]
    motion = torchio.Motion(
        degrees=np.array(degrees),
        translation=np.array(shifts),
        times=np.array(times),
        image_interpolation="linear",
    )
    image = torchio.ScalarImage(tensor=torch.from_numpy(volume[np.newaxis]), affine=an_affine)
    trajectory = Trajectory.from_torchio(degrees, shifts, times)
    found = simulate(
        torch.from_numpy(volume), an_affine, trajectory, output="real", kernel="linear"
    )
    np.testing.assert_allclose(found, motion(image).numpy()[0], atol=TOLERANCE)


@settings(max_examples=10)
@given(st.lists(st.floats(-8, 8), min_size=6, max_size=6), st.integers(1, 6))
def test_a_pose_held_throughout_is_a_rigid_resampling(pose, parts) -> None:
    volume = torch.rand(12, 14, 10, generator=torch.Generator().manual_seed(5))
    pivot = (5.0, 6.0, 4.0)
    trajectory = Trajectory([pose] * parts, np.arange(parts) / parts, pivot=pivot)
    pull = torch.from_numpy(np.linalg.inv(pose_matrix(pose, pivot)))
    resampler = Resampler("cubic")
    expected = resampler.posed(resampler.prepared(volume), pull[:3].float())
    found = simulate(volume, np.eye(4), trajectory, output="real")
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_a_trajectory_without_a_pivot_is_refused(a_volume, an_affine) -> None:
    with pytest.raises(ValueError, match="give it one"):
        simulate(torch.from_numpy(a_volume), an_affine, Trajectory(np.zeros((1, 6)), [0.0]))
