"""Heads to synthesise from, where no scan is at hand."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from MotionQCLib.motion import gradient_energy
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import Grid, PreparedScan
from MotionQCTraining.synthesis.device.trajectories import AXES


def phantoms(grid: Grid, count: int) -> list[PreparedScan]:
    """Balls of smooth noise in air, with their surfaces, on a grid of 1 mm."""
    affine = np.eye(4)
    affine[:3, 3] = -np.array(grid) / 2
    center = np.zeros(3)
    radius = np.linalg.norm(
        np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in grid), indexing="ij"), -1), axis=-1
    )
    distance = np.clip(80 * (radius - 0.8), -12, 12).astype(np.float32)
    found = []
    for number in range(count):
        noise = np.random.default_rng(number).random(grid, dtype=np.float32)
        image = (4 * ndimage.gaussian_filter(noise, 2) - 1).clip(0, 1) * (radius < 0.9)
        found.append(
            PreparedScan(
                image=image.astype(np.float32),
                affine=affine,
                brain_distance=distance,
                head_distance=distance - 8,
                energy={axis: gradient_energy(image, affine, axis, center) for axis in AXES},
                center=center,
                brain_only=False,
                has_brain_mask=True,
                row=Row("", f"sub-{number}", "noise"),
            )
        )
    return found
