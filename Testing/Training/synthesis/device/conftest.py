"""Small volumes and motions that both simulators get."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Generator

from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.trajectory import Axis, Ordering

PIVOT = (4.0, -3.0, 6.0)


@pytest.fixture(params=["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"])
def device(request: pytest.FixtureRequest) -> torch.device:
    """Every kind of device that is there."""
    return torch.device(request.param)


@pytest.fixture
def generator() -> Generator:
    return torch.Generator().manual_seed(20251122)


@pytest.fixture
def a_volume() -> np.ndarray:
    """Fine and coarse detail up to the border, on sides that are even, odd and unlike; 0 to 1."""
    noise = np.random.default_rng(1).random((32, 27, 36))
    smooth = ndimage.gaussian_filter(noise, 0.8)
    return ((smooth - smooth.min()) / np.ptp(smooth)).astype(np.float32)


@pytest.fixture
def an_affine() -> np.ndarray:
    """Voxels of unlike sizes; the second array axis runs from front to back."""
    affine = np.diag([2.0, -2.4, 1.7, 1.0])
    affine[:3, 3] = [-31.0, 33.0, -28.0]
    return affine


@pytest.fixture
def moved_by():
    """A trajectory of five poses that turn and shift the head by a few degrees and mm."""

    def make(axis: Axis = "AP", ordering: Ordering = "linear", seed: int = 3) -> Trajectory:
        rng = np.random.default_rng(seed)
        poses = rng.normal(scale=4.0, size=(5, 6))
        onsets = np.sort([0.0, *rng.random(4)])
        return Trajectory(poses, onsets, axis=axis, ordering=ordering, pivot=PIVOT)

    return make
