"""Rigid poses in batches; the conventions are those of ``MotionQCLib.motion.rigid``."""

from __future__ import annotations

import torch
from torch import Tensor

from MotionQCLib.motion.rigid import HEAD_RADIUS_MM


def pose_matrices(poses: Tensor, pivot: Tensor) -> Tensor:
    """Return the push maps ``(..., 4, 4)`` of poses.

    Parameters
    ----------
    poses : (..., 6) tensor
        ``[tx, ty, tz, rx, ry, rz]`` in mm and degrees, RAS.
    pivot : (..., 3) tensor
        Points about which the heads turn, RAS mm; broadcast against the poses.
    """
    rotation = _rotation(torch.deg2rad(poses[..., 3:]))
    pivot = pivot.to(poses)
    turned = (rotation @ pivot[..., None])[..., 0]
    matrices = torch.zeros(*rotation.shape[:-2], 4, 4, dtype=poses.dtype, device=poses.device)
    matrices[..., :3, :3] = rotation
    matrices[..., :3, 3] = poses[..., :3] + pivot - turned
    matrices[..., 3, 3] = 1.0
    return matrices


def rms_deviation(a: Tensor, b: Tensor, center: Tensor, radius: float = HEAD_RADIUS_MM) -> Tensor:
    """Return the RMS distances ``(...)`` in mm between where two maps put the points of a sphere.

    Parameters
    ----------
    a, b : (..., 4, 4) tensors
        Rigid maps of RAS mm.
    center : (..., 3) tensor
        The spheres' centres, RAS mm; broadcast against the maps.
    radius : float
        The spheres' radius, mm.
    """
    difference = a @ inverse(b) - torch.eye(4, dtype=a.dtype, device=a.device)
    linear, shift = difference[..., :3, :3], difference[..., :3, 3]
    at_center = shift + (linear @ center.to(a)[..., None])[..., 0]
    spread = (linear**2).sum(dim=(-2, -1)) * (radius**2 / 5.0)
    return (spread + (at_center**2).sum(dim=-1)).sqrt()


def inverse(maps: Tensor) -> Tensor:
    """Return the inverses of rigid maps ``(..., 4, 4)``."""
    back = maps[..., :3, :3].transpose(-1, -2)
    inverted = maps.clone()
    inverted[..., :3, :3] = back
    inverted[..., :3, 3] = -(back @ maps[..., :3, 3:])[..., 0]
    return inverted


def voxel_pulls(pushes: Tensor, affine: Tensor) -> Tensor:
    """Return where each voxel of a posed head is found in the still one: ``A^-1 P^-1 A``.

    Parameters
    ----------
    pushes : (..., 4, 4) tensor
        Rigid push maps of RAS mm.
    affine : (4, 4) or (..., 4, 4) tensor
        Voxel indices to RAS mm.
    """
    affine = affine.to(pushes)
    return torch.linalg.inv(affine) @ inverse(pushes) @ affine


def _rotation(radians: Tensor) -> Tensor:
    """Rz @ Rx @ Ry for angles ``(..., 3)`` about x, y, z, written out."""
    sx, sy, sz = radians.sin().unbind(-1)
    cx, cy, cz = radians.cos().unbind(-1)
    rows = (
        (cz * cy - sz * sx * sy, -sz * cx, cz * sy + sz * sx * cy),
        (sz * cy + cz * sx * sy, cz * cx, sz * sy - cz * sx * cy),
        (-cx * sy, sx, cx * cy),
    )
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
