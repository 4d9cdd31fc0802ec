"""How a volume goes on beyond its border: as its mirror image about the first and last voxel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mirrored(index: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Fold indices into [0, length) by reflection about the first and last voxel."""
    period = max(2 * (length - 1), 1)
    folded = np.abs(index) % period
    return np.asarray(np.minimum(folded, period - folded))
