"""Where along an axis of k-space a head's edges lie: ``gradient_energy`` on the device.

A bent head has other edges than its source: its labels are off by a tenth with the source's energy.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from MotionQCLib.motion.slab_energy import WINDOW_MM
from MotionQCTraining.synthesis.device.resample import grid_indices


def gradient_energy(
    volume: Tensor, axis: int, center: Tensor, voxel_mm: tuple[float, float, float]
) -> Tensor:
    """Return each slab's share of the energy of the head's gradient.

    Parameters
    ----------
    volume : (I, J, K) float32 tensor
        The still head; not all 0.
    axis : int
        The slab axis of the array.
    center : (3,) tensor on the CPU
        The brain's centre, voxels.
    voxel_mm : tuple
        Sides of a voxel.

    Returns
    -------
    (n,) float32 tensor
        In FFT order along the axis; sum 1.
    """
    windowed = volume * _window(volume.shape, center, voxel_mm, volume.device)
    # The slab axis last: of a real image's spectrum half is kept along it, and slab -k is slab k.
    others = [other for other in range(3) if other != axis]
    power = torch.fft.rfftn(windowed.permute(*others, axis)).abs().square()
    slabs = volume.shape[axis]
    k0, k1 = (
        torch.fft.fftfreq(volume.shape[other], voxel_mm[other], device=volume.device).square()
        for other in others
    )
    k2 = torch.fft.rfftfreq(slabs, voxel_mm[axis], device=volume.device).square()
    profile = power.sum(dim=(0, 1)) * k2
    profile = profile + torch.einsum("abc,a->c", power, k0) + torch.einsum("abc,b->c", power, k1)
    both = torch.cat([profile, profile[1 : (slabs + 1) // 2].flip(0)])
    return both / both.sum()


def _window(
    shape: tuple[int, ...],
    center: Tensor,
    voxel_mm: tuple[float, float, float],
    device: torch.device,
) -> Tensor:
    """1 in the ball that holds the brain, falling smoothly to 0 around it."""
    i, j, k = (
        ((index - middle) * side).square()
        for index, middle, side in zip(
            grid_indices(shape, device), center.tolist(), voxel_mm, strict=True
        )
    )
    inner, outer = WINDOW_MM
    share = (((i + j + k).sqrt() - inner) / (outer - inner)).clamp(0.0, 1.0)
    return 0.5 + 0.5 * torch.cos(math.pi * share)
