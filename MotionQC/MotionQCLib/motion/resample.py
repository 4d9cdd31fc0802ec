"""A volume under a rigid map: linear or cubic B-spline interpolation of any box of voxels.

Linear interpolation is fast and blurs; a cubic B-spline keeps the fine detail that motion artefacts
live in. Beyond the scan's border the volume is continued as its mirror image: the head goes on
where the field of view ends, and a constant would draw an edge there.

With numba installed a fused parallel kernel is used; else SimpleITK for linear interpolation of
large boxes, and SciPy on two or more threads. All give the same result within float32 error.
"""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.motion.resample_stock import StockInterpolator
from MotionQCLib.motion.rigid import Matrix
from MotionQCLib.motion.threads import thread_count

Kernel = Literal["linear", "cubic"]
Border = Literal["mirror", "minimum"]
Volume = NDArray[np.float32]
Box = tuple[slice, slice, slice]


class Resampler:
    """Interpolates one volume many times; the spline's coefficients are computed once.

    Parameters
    ----------
    volume : (I, J, K) array
        Left untouched.
    kernel : "linear" or "cubic"
        Cubic is the interpolating B-spline of order 3.
    border : "mirror" or "minimum"
        "minimum" is ITK's and TorchIO's way, for linear interpolation only: border values reach
        half a voxel further, the volume's minimum lies beyond.

    Raises
    ------
    ValueError
        If cubic interpolation is asked for with another border than the mirror image.
    """

    def __init__(
        self,
        volume: NDArray[np.generic],
        kernel: Kernel = "cubic",
        border: Border = "mirror",
    ) -> None:
        if kernel == "cubic" and border != "mirror":
            raise ValueError(f"border must be 'mirror' with a cubic kernel, got {border!r}")
        self.kernel = kernel
        self.border = border
        self.volume: Volume = np.ascontiguousarray(volume, dtype=np.float32)
        self._outside = float(self.volume.min()) if border == "minimum" else None
        self._coefficients: Volume = self.volume
        if kernel == "cubic":
            self._coefficients = ndimage.spline_filter(
                self.volume, order=3, output=np.float32, mode="mirror"
            )
        self._stock: StockInterpolator | None = None

    def __call__(self, pull: Matrix, box: Box | None = None) -> Volume:
        """Return ``volume(pull @ index)`` for every voxel index of a box.

        Parameters
        ----------
        pull : (4, 4) array
            Output voxel index to input voxel index.
        box : three slices or None
            The part of the output wanted (unit steps); None is the whole grid.

        Returns
        -------
        (box) float32 array
            Never a view of the volume.
        """
        start, shape = _extent(box, self.volume.shape)
        if np.allclose(pull, np.eye(4), rtol=0, atol=1e-9):
            part = tuple(slice(a, a + n) for a, n in zip(start, shape, strict=True))
            return self.volume[part].copy()
        linear, offset = pull[:3, :3], pull[:3, 3] + pull[:3, :3] @ start
        compiled = compiled_kernels()
        if compiled is not None:
            posed: Volume = compiled.resample(
                self._coefficients,
                linear,
                offset,
                shape,
                cubic=self.kernel == "cubic",
                outside=self._outside,
                threads=thread_count(),
            )
            return posed
        if self._stock is None:
            self._stock = StockInterpolator(
                self._coefficients, order=3 if self.kernel == "cubic" else 1, outside=self._outside
            )
        return self._stock(linear, offset, shape, threads=thread_count())


def _extent(box: Box | None, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], tuple[int, ...]]:
    """First index and shape of a box."""
    box = box if box is not None else (slice(None), slice(None), slice(None))
    ranges = [range(n)[part] for part, n in zip(box, shape, strict=True)]
    return np.array([r.start for r in ranges]), tuple(len(r) for r in ranges)


def compiled_kernels() -> ModuleType | None:
    """Return the numba kernels, or None where numba is absent or ``MOTIONQC_NUMBA`` is 0."""
    return _import_compiled() if os.environ.get("MOTIONQC_NUMBA", "1") != "0" else None


@cache
def _import_compiled() -> ModuleType | None:
    try:
        from MotionQCLib.motion import resample_numba
    except ImportError:
        return None
    return resample_numba
