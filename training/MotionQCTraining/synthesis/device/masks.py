"""What is cut away from an image: air, everything but the brain, the face.

It is cut from the image that was acquired, so masks lie where the centre of k-space saw the head;
the still head's would cut into a brain that moved.
"""

from __future__ import annotations

from torch import Tensor

from MotionQCTraining.synthesis.device.resample import grid_indices
from MotionQCTraining.synthesis.face import BRAIN_GUARD_MM


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
        Voxels with ``n . index + d > 0`` are removed.
    brain_distance_mm : (I, J, K) tensor or None
        Distance to the brain's surface, positive outside.
    """
    i, j, k = grid_indices(image.shape, image.device)
    face = plane[0] * i + plane[1] * j + plane[2] * k + plane[3] > 0
    if brain_distance_mm is not None:
        face &= brain_distance_mm > BRAIN_GUARD_MM
    return image.masked_fill(face, 0.0)
