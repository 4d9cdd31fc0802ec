"""How noisy a scan is: what moved samples lose of it by interpolation is given back by it."""

from __future__ import annotations

from torch import Tensor

_TISSUE = 0.15
_NORMAL_MEDIAN = 0.6745  # of the absolute value of a standard normal variable


def noise_level(image: Tensor) -> float:
    """Estimate the standard deviation of the noise in a head.

    Second differences along all three axes leave little of the anatomy, and the median of their
    size leaves out the edges that remain.

    Parameters
    ----------
    image : (I, J, K) float32 tensor
        Intensities on the conformed scale.
    """
    rough = image
    for axis in range(3):
        n = image.shape[axis]
        before, at, after = (rough.narrow(axis, start, n - 2) for start in range(3))
        rough = (before - 2 * at + after) / 6**0.5
    tissue = rough[image[1:-1, 1:-1, 1:-1] > _TISSUE]
    return float(tissue.abs().median()) / _NORMAL_MEDIAN if len(tissue) else 0.0
