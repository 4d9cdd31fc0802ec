"""Signed distances to a surface, in eight bits a voxel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

DISTANCE_LIMIT_MM = 12.0
TENTHS = 10
"""Distances are kept as whole tenths of a millimetre: they end at 12 mm, and so fit eight bits."""


def signed_distance(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the distance to a mask's surface in tenths of a mm, positive outside, within +-120.

    Parameters
    ----------
    mask : (I, J, K) bool array
        What lies inside. It is where the distance is below 0.
    spacing : (3,) array
        Sides of a voxel, mm; 0.1 or more.
    """
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing)
    inside = ndimage.distance_transform_edt(mask, sampling=spacing)
    limited = np.clip(outside - inside, -DISTANCE_LIMIT_MM, DISTANCE_LIMIT_MM)
    return np.round(limited * TENTHS).astype(np.int8)
