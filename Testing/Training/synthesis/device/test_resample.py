"""Interpolation on the device, against the project's other interpolator and its own invariants."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from MotionQCLib.resampling.resampler import Resampler as OtherResampler
from MotionQCTraining.synthesis.device.resample import (
    Resampler,
    along_axes,
    spline_filter,
)

PULL = np.array(
    [[0.98, 0.05, -0.1, 2.3], [-0.04, 1.01, 0.07, -4.6], [0.1, -0.06, 0.97, 1.9], [0, 0, 0, 1]]
)
FAR = np.array([[1, 0, 0, 90.0], [0, 1, 0, -75], [0, 0, 1, 60], [0, 0, 0, 1]])


def on_device(matrix: np.ndarray) -> Tensor:
    return torch.as_tensor(matrix[:3], dtype=torch.float32)


@pytest.mark.parametrize("kernel", ["linear", "cubic"])
@pytest.mark.parametrize("pull", [PULL, FAR], ids=["near", "far beyond the border"])
def test_a_map_gives_what_the_other_interpolator_gives(a_volume, kernel, pull) -> None:
    resampler = Resampler(kernel)
    posed = resampler.posed(resampler.prepared(torch.from_numpy(a_volume)), on_device(pull))
    np.testing.assert_allclose(posed, OtherResampler(a_volume, kernel)(pull), atol=3e-5)


@pytest.mark.parametrize("kernel", ["linear", "cubic"])
def test_no_movement_gives_the_volume_back_and_leaves_it_untouched(a_volume, kernel) -> None:
    before = a_volume.copy()
    resampler = Resampler(kernel)
    same = resampler.posed(resampler.prepared(torch.from_numpy(a_volume)), torch.eye(4)[:3])
    np.testing.assert_allclose(same, before, atol=1e-5)
    np.testing.assert_array_equal(a_volume, before)


def test_a_displacement_of_whole_voxels_is_a_shift(a_volume) -> None:
    resampler = Resampler("cubic")
    displacement = torch.zeros(3, *a_volume.shape)
    displacement[1] = 2.0
    prepared = resampler.prepared(torch.from_numpy(a_volume))
    moved = resampler.deformed(prepared, torch.eye(4)[:3], displacement)
    np.testing.assert_allclose(moved[:, :-2], a_volume[:, 2:], atol=1e-5)


def test_spline_coefficients_are_those_of_scipy(a_volume) -> None:
    filters = [spline_filter(n, torch.device("cpu")) for n in a_volume.shape]
    ours = along_axes(torch.from_numpy(a_volume), filters)
    theirs = ndimage.spline_filter(a_volume.astype(float), order=3, mode="mirror")
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_volume_of_too_few_voxels_is_refused() -> None:
    with pytest.raises(ValueError, match="give sides of 4 or more"):
        Resampler("cubic").prepared(torch.zeros(3, 8, 8))
