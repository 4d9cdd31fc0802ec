"""A head that was never scanned, with what a T1-weighted brain shows: folds, fluid, two sides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from MotionQCLib.scan import Scan

from .conftest import turned_affine

SHAPE = (160, 196, 176)
T1 = {"fluid": 180.0, "grey": 560.0, "white": 850.0, "bone": 60.0, "scalp": 900.0}
T2 = {"fluid": 950.0, "grey": 500.0, "white": 340.0, "bone": 60.0, "scalp": 500.0}
FLAIR = {"fluid": 150.0, "grey": 700.0, "white": 560.0, "bone": 60.0, "scalp": 700.0}

_CORTEX_MM = 4.5
_FOLDS_MM = 6.0
_NOISE = 25.0


def made_head(brightness: Mapping[str, float] = T1, *, skull: bool = True) -> Scan:
    """A head of 1 mm voxels, stored as integers; the same on every call.

    Parameters
    ----------
    brightness : mapping
        Intensity of every tissue.
    skull : bool
        Whether bone and scalp surround the brain.
    """
    rng = np.random.default_rng(11)
    affine = turned_affine(SHAPE, (1.0, 1.0, 1.0))
    x, y, z = (axis - (n - 1) / 2 for axis, n in zip(np.ogrid[_slices()], SHAPE, strict=True))
    radius = np.sqrt((x / 74) ** 2 + (y / 92) ** 2 + (z / 80) ** 2).astype(np.float32)
    field = ndimage.gaussian_filter(rng.standard_normal(SHAPE, np.float32), 4.5)
    field += 1.5 * field[::-1]
    depth = 0.22 * (0.84 - radius) * 80 + _FOLDS_MM * field / field.std()
    tissue = np.where(depth < _CORTEX_MM, brightness["grey"], brightness["white"])
    tissue = np.where(depth < 0, brightness["fluid"], tissue)
    for side in (-1, 1):
        ventricle = ((x - 12 * side) / 7) ** 2 + (y / 28) ** 2 + (z / 10) ** 2 < 1
        tissue = np.where(ventricle, brightness["fluid"], tissue)
    outside = np.where(radius < 0.9, brightness["bone"], brightness["scalp"]) * (radius < 1)
    image = np.where(radius < 0.84, tissue, outside if skull else 0.0)
    image = ndimage.gaussian_filter(image.astype(np.float32), 0.6)
    real, imaginary = _NOISE * rng.standard_normal((2, *SHAPE), np.float32)
    return Scan(np.hypot(image + real, imaginary).astype(np.int16), affine, "made.nii", "nifti")


def _slices() -> tuple[slice, ...]:
    return tuple(slice(n) for n in SHAPE)
