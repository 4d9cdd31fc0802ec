"""Small volumes and motions that both simulators get."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Generator

from MotionQCLib.motion import Trajectory, gradient_energy
from MotionQCLib.motion.trajectory import Axis, Ordering
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import PreparedScan

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


@pytest.fixture(scope="session")
def heads() -> list[PreparedScan]:
    """Two heads of folded tissue in a skull, in air, with voxels of 4 mm."""
    return [a_head(seed) for seed in (1, 2)]


def a_head(seed: int) -> PreparedScan:
    shape = (48, 56, 48)
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = [-94.0, -110.0, -94.0]
    radius = np.linalg.norm(
        np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij"), axis=-1)
        / [0.75, 0.82, 0.78],
        axis=-1,
    )
    folds = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.5)
    tissue = np.where(folds > 0, 0.9, 0.55)
    head = np.where(radius < 0.75, tissue, np.where(radius < 0.87, 0.25, 1.0))
    image = ndimage.gaussian_filter(np.where(radius < 1, head, 0.0), 0.5).astype(np.float32)
    center = np.zeros(3)
    return PreparedScan(
        image=image,
        affine=affine,
        brain_distance=distance_to(radius < 0.75),
        head_distance=distance_to(radius < 1),
        energy={axis: gradient_energy(image, affine, axis, center) for axis in get_args(Axis)},
        center=center,
        brain_only=False,
        has_brain_mask=True,
        row=Row("", f"sub-{seed}", "phantom"),
    )


def distance_to(mask: np.ndarray) -> np.ndarray:
    outside = ndimage.distance_transform_edt(~mask, sampling=4.0)
    inside = ndimage.distance_transform_edt(mask, sampling=4.0)
    return np.clip(outside - inside, -12.0, 12.0).astype(np.float32)
