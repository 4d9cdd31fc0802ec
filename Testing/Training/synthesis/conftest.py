"""Small heads with all that a prepared scan has."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy import ndimage

from MotionQCLib.motion import gradient_energy
from MotionQCLib.motion.trajectory import Axis
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import PreparedScan


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
