"""Fine detail inside a head: how much there is, and how far it repeats itself along each axis.

Motion takes detail away where it blurs and adds some where it rings. Sharp edges leave detail that
has nothing to do with its neighbours a few voxels on; ringing comes back at a distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SMOOTHING_VOXELS = 1.0
LAGS = range(3, 9)
"""Distances in voxels at which detail is compared with itself; nearer ones are the filter's own."""


@dataclass(frozen=True)
class FineDetail:
    """Statistics of what a Gaussian of one voxel takes away.

    Parameters
    ----------
    energy : float
        Mean square, relative to the square of the mean intensity.
    ringing : tuple of 3 floats
        RMS autocorrelation over :data:`LAGS` along each array axis.
    """

    energy: float
    ringing: tuple[float, float, float]

    def relative_to(self, other: FineDetail) -> FineDetail:
        """Return this as multiples of another's."""
        i, j, k = (a / b for a, b in zip(self.ringing, other.ringing, strict=True))
        return FineDetail(self.energy / other.energy, (i, j, k))


def fine_detail(image: NDArray[np.float32], inside: NDArray[np.bool_]) -> FineDetail:
    """Measure the fine detail of a volume.

    Parameters
    ----------
    image : (I, J, K) array
        Intensities on any scale.
    inside : (I, J, K) bool array
        Where to measure; keep it off the head's outer edges.

    Raises
    ------
    ValueError
        If there is nothing inside.
    """
    if not inside.any():
        raise ValueError("inside holds no voxel; give a mask that covers the brain")
    high = image - ndimage.gaussian_filter(image, SMOOTHING_VOXELS)
    level = float(image[inside].mean())
    i, j, k = (_ringing(high, inside, axis) for axis in range(3))
    return FineDetail(float(np.mean(high[inside] ** 2)) / level**2, (i, j, k))


def _ringing(high: NDArray[np.float32], inside: NDArray[np.bool_], axis: int) -> float:
    found = [_autocorrelation(high, inside, axis, lag) for lag in LAGS]
    return float(np.sqrt(np.mean(np.square(found))))


def _autocorrelation(
    high: NDArray[np.float32], inside: NDArray[np.bool_], axis: int, lag: int
) -> float:
    """Correlation of detail with itself some voxels on, where both are inside."""
    first, second = (
        tuple(part if a == axis else slice(None) for a in range(3))
        for part in (slice(None, -lag), slice(lag, None))
    )
    both = inside[first] & inside[second]
    here, there = high[first][both], high[second][both]
    return float((here * there).sum() / np.sqrt((here**2).sum() * (there**2).sum()))
