"""Still scans that stay on the device, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from MotionQCTraining.data.distances import TENTHS
from MotionQCTraining.data.volumes import PreparedScan
from MotionQCTraining.synthesis.device.trajectories import AXES
from MotionQCTraining.synthesis.noise_level import noise_level


@dataclass(frozen=True, eq=False)
class Sources:
    """``V`` still scans on one grid; large arrays on the device, small ones on the CPU.

    Parameters
    ----------
    images : (V, I, J, K) float16 tensor
        Intensities on the conformed scale.
    brain_distance, head_distance : (V, I, J, K) int8 tensors
        Signed distance to the surface, tenths of a mm, positive outside.
    affines : (V, 4, 4) float64 tensor
        Voxel indices to RAS mm; array axes run to the right, to the front and up.
    centers : (V, 3) float64 tensor
        The brains' centres, RAS mm.
    energy : (V, 3, n) float64 tensor
        Gradient-energy share of every slab along each array axis, in FFT order, 0 beyond the
        axis's own length; ``n`` is the grid's longest side.
    noise : list of V floats
        Standard deviation of each scan's own noise.
    has_brain, has_head : lists of V bools
        Whether a brain's surface is known, and whether there is a head around it.
    sites : list of V strings
        Where each scan comes from.
    """

    images: Tensor
    brain_distance: Tensor
    head_distance: Tensor
    affines: Tensor
    centers: Tensor
    energy: Tensor
    noise: list[float]
    has_brain: list[bool]
    has_head: list[bool]
    sites: list[str]

    @classmethod
    def of(cls, scans: Iterable[PreparedScan], device: torch.device) -> Sources:
        """Bring prepared scans to a device, one after the other.

        Raises
        ------
        ValueError
            If there is none, or they do not lie on one grid along the axes of RAS.
        """
        images: list[Tensor] = []
        first: PreparedScan | None = None
        brains, heads = [], []
        kept: list[_Known] = []
        for scan in scans:
            first = first or scan
            _check(scan, first)
            images.append(torch.from_numpy(scan.image).to(device, torch.float16))
            brains.append(_in_tenths(scan.brain_distance, device))
            heads.append(_in_tenths(scan.head_distance, device))
            kept.append(_Known.of(scan))
        if not kept:
            raise ValueError("scans is empty; give at least one prepared scan")
        return cls(
            images=torch.stack(images),
            brain_distance=torch.stack(brains),
            head_distance=torch.stack(heads),
            affines=torch.stack([known.affine for known in kept]),
            centers=torch.stack([known.center for known in kept]),
            energy=torch.stack([known.energy for known in kept]),
            noise=[noise_level(image.float()) for image in images],
            has_brain=[known.has_brain for known in kept],
            has_head=[known.has_head for known in kept],
            sites=[known.site for known in kept],
        )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def grid(self) -> tuple[int, int, int]:
        """Voxels along right, front, up."""
        i, j, k = self.images.shape[1:]
        return i, j, k

    @property
    def voxel_mm(self) -> tuple[float, float, float]:
        """Sides of a voxel."""
        x, y, z = self.affines[0].diagonal()[:3].tolist()
        return x, y, z

    @property
    def device(self) -> torch.device:
        """Where the volumes are."""
        return self.images.device

    def center_voxel(self, number: int) -> Tensor:
        """Return a brain's centre as a voxel index, ``(3,)`` float64."""
        affine = self.affines[number]
        return torch.linalg.inv(affine[:3, :3]) @ (self.centers[number] - affine[:3, 3])


@dataclass(frozen=True, eq=False)
class _Known:
    """The small part of one scan."""

    affine: Tensor
    center: Tensor
    energy: Tensor
    has_brain: bool
    has_head: bool
    site: str

    @classmethod
    def of(cls, scan: PreparedScan) -> _Known:
        energy = torch.zeros(3, max(scan.image.shape), dtype=torch.float64)
        for number, axis in enumerate(AXES):
            energy[number, : scan.image.shape[number]] = torch.as_tensor(scan.energy[axis])
        return cls(
            affine=torch.as_tensor(scan.affine, dtype=torch.float64),
            center=torch.as_tensor(scan.center, dtype=torch.float64),
            energy=energy,
            has_brain=scan.brain_only or scan.has_brain_mask,
            has_head=not scan.brain_only,
            site=scan.row.site,
        )


def _check(scan: PreparedScan, first: PreparedScan) -> None:
    """Refuse a scan that does not lie as the first one does."""
    sides, expected = (np.diag(known.affine)[:3] for known in (scan, first))
    if scan.image.shape != first.image.shape or not np.allclose(sides, expected):
        raise ValueError(
            f"{scan.row.person} has {scan.image.shape} voxels of {sides} mm, the first scan "
            f"{first.image.shape} of {expected} mm; prepare all on one grid"
        )
    if not np.allclose(scan.affine[:3, :3], np.diag(sides.clip(min=0))):
        raise ValueError(
            f"{scan.row.person} does not lie along the axes of RAS; prepare it on a grid"
        )


def _in_tenths(distance: NDArray[np.float32], device: torch.device) -> Tensor:
    tenths = np.clip(np.round(distance * TENTHS), -127, 127).astype(np.int8)
    return torch.from_numpy(tenths).to(device)
