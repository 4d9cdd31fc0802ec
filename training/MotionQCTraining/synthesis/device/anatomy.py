"""Other heads from the same scan: larger or smaller, and bent smoothly.

The brain's centre stays where it is, so that the head turns about it as before. A deformation
comes before the motion and is the same in all poses.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Generator, Tensor

from MotionQCTraining.synthesis.device.resample import along_axes

CONTROL_POINTS = 7
"""Along each axis; at 8 mm, neighbouring ones cannot fold the field even on a 160 mm side."""


def draw_control(generator: Generator, size: int, largest: Tensor) -> Tensor:
    """Draw displacements of control points.

    Parameters
    ----------
    generator : Generator
        Source of all chance, on the CPU.
    size : int
        Number of heads ``B``.
    largest : (B,) float tensor
        Largest displacement of each head along an axis, voxels.

    Returns
    -------
    (B, 3, 7, 7, 7) float32 tensor
    """
    shape = (size, 3, *[CONTROL_POINTS] * 3)
    sides = 2 * torch.rand(shape, generator=generator) - 1
    return sides * largest.to(sides).view(-1, 1, 1, 1, 1)


def displacement_field(control: Tensor, grid: tuple[int, int, int], center: Tensor) -> Tensor:
    """Return the cubic B-spline field ``(3, I, J, K)`` of control points, 0 at a centre.

    Parameters
    ----------
    control : (3, 7, 7, 7) float32 tensor
        Displacements of the control points, voxels.
    grid : tuple
        Shape of the volume.
    center : (3,) tensor on the CPU
        Voxel, to the nearest of which the field is 0.
    """
    field = along_axes(control, [_basis(n, control.device) for n in grid])
    i, j, k = (min(max(round(float(c)), 0), n - 1) for c, n in zip(center, grid, strict=True))
    return field - field[:, i : i + 1, j : j + 1, k : k + 1]


def scaling_pulls(scale: Tensor, centers: Tensor) -> Tensor:
    """Return the maps ``(B, 3, 4)`` that make heads ``scale`` times as large about a voxel.

    Parameters
    ----------
    scale : (B, 3) tensor
        Factors along the array axes.
    centers : (B, 3) tensor
        Voxel indices that stay.
    """
    shrink = 1.0 / scale
    return torch.cat([torch.diag_embed(shrink), (centers * (1.0 - shrink))[..., None]], dim=-1)


@cache
def _basis(length: int, device: torch.device) -> Tensor:
    """Values ``(length, 7)`` of the control points' cubic B-splines along a side."""
    position = torch.linspace(1, CONTROL_POINTS - 2, length, dtype=torch.float64)
    away = (position[:, None] - torch.arange(CONTROL_POINTS)).abs()
    near = 2 / 3 - away**2 * (1 - away / 2)
    far = (2 - away).clamp(min=0) ** 3 / 6
    return torch.where(away < 1, near, far).to(device, torch.float32)
