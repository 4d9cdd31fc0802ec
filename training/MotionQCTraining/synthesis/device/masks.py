"""What is cut away from an image: air, everything but the brain, the face.

It is cut from the image that was acquired, so masks lie where the centre of k-space saw the head;
the still head's would cut into a brain that moved.
"""

from __future__ import annotations

import torch
from torch import Tensor

from MotionQCTraining.synthesis.device.resample import grid_indices

_BRAIN_GUARD_MM = 3.0


def within(image: Tensor, distance_mm: Tensor, margin_mm: float) -> Tensor:
    """Return an image that is 0 from some distance outside a surface on."""
    return image.masked_fill(distance_mm > margin_mm, 0.0)


def without_face(image: Tensor, plane: Tensor, brain_distance_mm: Tensor | None) -> Tensor:
    """Return an image that is 0 beyond a plane, but never near the brain if its surface is known.

    Parameters
    ----------
    image : (I, J, K) tensor
        The moved volume.
    plane : (4,) tensor
        Voxels with ``n . index + d > 0`` are removed; see :func:`face_planes`.
    brain_distance_mm : (I, J, K) tensor or None
        Distance to the brain's surface, positive outside.
    """
    i, j, k = grid_indices(image.shape, image.device)
    face = plane[0] * i + plane[1] * j + plane[2] * k + plane[3] > 0
    if brain_distance_mm is not None:
        face &= brain_distance_mm > _BRAIN_GUARD_MM
    return image.masked_fill(face, 0.0)


def face_planes(angle: Tensor, depth_mm: Tensor, centers: Tensor, to_head: Tensor) -> Tensor:
    """Return planes ``(B, 4)`` in front of and below brains, for :func:`without_face`.

    Parameters
    ----------
    angle : (B,) tensor
        From the front (0) down (pi / 2), radians.
    depth_mm : (B,) tensor
        Distance from the brain's centre.
    centers : (B, 3) tensor
        The brains' centres in the still heads, RAS mm.
    to_head : (B, 4, 4) tensor
        Voxel indices of the image to RAS mm of the still head.
    """
    toward = torch.stack([torch.zeros_like(angle), angle.cos(), -angle.sin()], dim=-1)
    offset = -(toward * centers).sum(dim=-1) - depth_mm
    plane = (toward[:, None] @ to_head[:, :3])[:, 0]
    plane[:, 3] += offset
    return plane
