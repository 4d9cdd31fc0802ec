"""Simple features of an image, for the floor that a network has to beat.

Nothing here knows about networks or labels: histogram, band energies, directional spectra and
autocorrelations, and what the background holds. All are relative, so that the intensity scale
does not matter.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft, ndimage
from scipy.stats import kurtosis

_SCALES_MM = (0.6, 1.0, 1.6, 2.5, 4.0)
_BANDS = 7
_LAGS = (1, 2, 3, 4, 6)


def image_features(volume: ArrayLike) -> NDArray[np.float64]:
    """Return about ninety features of a conformed volume ``(I, J, K)`` with voxels of 1 mm."""
    image = np.asarray(volume, np.float32)
    inside = ndimage.binary_erosion(image > 0.15, iterations=3)
    if inside.sum() < 1000:
        inside = image > 0.15
    outside = ndimage.binary_erosion(image < 0.1, iterations=3)
    level = float(image[inside].mean())
    bands = _bands(image)
    features = [
        *_histogram(image[inside] / level),
        *(part for band in bands for part in _band(band, inside, outside, level)),
        *(part for axis in range(3) for part in _spectrum(image, axis)),
        *(part for axis in range(3) for part in _autocorrelation(bands[1], inside, axis)),
        *_gradients(image, inside, level),
        *_background(image, outside, level),
    ]
    return np.nan_to_num(np.array(features))


def _histogram(values: NDArray[np.float32]) -> list[float]:
    percentiles = np.percentile(values, [2, 10, 25, 50, 75, 90, 98])
    return [*map(float, percentiles), float(values.std()), float(kurtosis(values))]


def _bands(image: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Differences between successive smoothings, finest first."""
    smooth = [image, *(ndimage.gaussian_filter(image, s, truncate=3) for s in _SCALES_MM)]
    return [fine - coarse for fine, coarse in pairwise(smooth)]


def _band(
    band: NDArray[np.float32],
    inside: NDArray[np.bool_],
    outside: NDArray[np.bool_],
    level: float,
) -> list[float]:
    within = band[inside] / level
    return [
        _log(float(within.std())),
        _log(float(np.abs(within).mean())),
        float(kurtosis(within)),
        _log(float(band[outside].std()) / level) if outside.any() else _log(0.0),
    ]


def _spectrum(image: NDArray[np.float32], axis: int) -> list[float]:
    """Logarithm of the share of energy in bands of frequency along an axis."""
    power = np.abs(fft.rfft(image, axis=axis)) ** 2
    profile = power.sum(axis=tuple(a for a in range(3) if a != axis))[1:]
    edges = np.linspace(0, len(profile), _BANDS + 1).astype(int)
    energy = np.add.reduceat(profile, edges[:-1])
    return [_log(float(part)) for part in energy / energy.sum()]


def _autocorrelation(
    band: NDArray[np.float32], inside: NDArray[np.bool_], axis: int
) -> list[float]:
    values = np.where(inside, band, 0.0)
    power = float((values**2).sum())
    return [float((values * np.roll(values, lag, axis)).sum()) / power for lag in _LAGS]


def _gradients(image: NDArray[np.float32], inside: NDArray[np.bool_], level: float) -> list[float]:
    size = [
        float(np.abs(np.diff(image, axis=a, append=0))[inside].mean()) / level for a in range(3)
    ]
    mean = float(np.mean(size))
    return [_log(mean), *(part / mean for part in size)]


def _background(
    image: NDArray[np.float32], outside: NDArray[np.bool_], level: float
) -> list[float]:
    if not outside.any():
        return [0.0] * 5
    air = image[outside] / level
    return [
        float(outside.mean()),
        float((air == 0).mean()),
        _log(float(air.mean())),
        _log(float(air.std())),
        _log(float(np.percentile(air, 98))),
    ]


def _log(value: float) -> float:
    return float(np.log10(value + 1e-6))
