"""A volume under a rigid map: linear or cubic B-spline interpolation of any box of voxels.

Linear interpolation is fast and blurs; a cubic B-spline keeps the fine detail that motion artefacts
live in. Beyond the scan's border the volume is continued as its mirror image: the head goes on
where the field of view ends, and a constant would draw an edge there.

With numba installed a fused parallel kernel is used, else SciPy on two or more threads. Both give
the same result within float32 error.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.motion.rigid import Matrix

Kernel = Literal["linear", "cubic"]
Volume = NDArray[np.float32]
Box = tuple[slice, slice, slice]

_ORDER = {"linear": 1, "cubic": 3}
_BORDER = "mirror"


class Resampler:
    """Interpolates one volume many times; the spline's coefficients are computed once.

    Parameters
    ----------
    volume : (I, J, K) array
        Left untouched.
    kernel : "linear" or "cubic"
        Cubic is the interpolating B-spline of order 3.
    """

    def __init__(self, volume: NDArray[np.generic], kernel: Kernel = "cubic") -> None:
        self.kernel = kernel
        self.volume: Volume = np.ascontiguousarray(volume, dtype=np.float32)
        self._coefficients: Volume = self.volume
        if kernel == "cubic":
            self._coefficients = ndimage.spline_filter(
                self.volume, order=3, output=np.float32, mode=_BORDER
            )

    def __call__(self, pull: Matrix, box: Box | None = None) -> Volume:
        """Return ``volume(pull @ index)`` for every voxel index of a box.

        Parameters
        ----------
        pull : (4, 4) array
            Output voxel index to input voxel index.
        box : three slices or None
            The part of the output wanted (unit steps); None is the whole grid.
        """
        start, shape = _extent(box, self.volume.shape)
        if np.allclose(pull, np.eye(4), atol=1e-9):
            return self.volume[tuple(slice(a, a + n) for a, n in zip(start, shape, strict=True))].copy()
        offset = pull[:3, 3] + pull[:3, :3] @ start
        fast = _fast_kernels()
        if fast is not None:
            return fast.resample(self._coefficients, pull[:3, :3], offset, shape, self.kernel)
        return _scipy_resample(self._coefficients, pull[:3, :3], offset, shape, _ORDER[self.kernel])


def _extent(box: Box | None, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], tuple[int, ...]]:
    """First index and shape of a box."""
    box = box if box is not None else (slice(None), slice(None), slice(None))
    ranges = [range(n)[part] for part, n in zip(box, shape, strict=True)]
    return np.array([r.start for r in ranges]), tuple(len(r) for r in ranges)


def _scipy_resample(
    coefficients: Volume, linear: Matrix, offset: Matrix, shape: tuple[int, ...], order: int
) -> Volume:
    """Interpolate in as many slabs as there are threads; SciPy releases the interpreter lock."""
    output = np.empty(shape, dtype=np.float32)
    edges = np.linspace(0, shape[0], min(thread_count(), shape[0]) + 1).astype(int)

    def fill(first: int, last: int) -> None:
        ndimage.affine_transform(
            coefficients,
            linear,
            offset=offset + linear[:, 0] * first,
            output_shape=(last - first, *shape[1:]),
            output=output[first:last],
            order=order,
            mode=_BORDER,
            prefilter=False,
        )

    with ThreadPoolExecutor(len(edges) - 1) as pool:
        list(pool.map(fill, edges[:-1], edges[1:]))
    return output


def thread_count() -> int:
    """Threads to use: ``MOTIONQC_THREADS`` or the cores this process may run on."""
    asked = os.environ.get("MOTIONQC_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _fast_kernels():  # type: ignore[no-untyped-def]
    """The numba kernels, or None where numba is absent or switched off."""
    if os.environ.get("MOTIONQC_NUMBA", "1") == "0":
        return None
    try:
        from MotionQCLib.motion import resample_numba
    except ImportError:
        return None
    return resample_numba
