"""A volume under a rigid map: linear or cubic B-spline interpolation of any box of voxels.

Linear interpolation is fast and blurs; a cubic B-spline keeps the fine detail that motion artefacts
live in. Beyond the scan's border the volume is continued as its mirror image: the head goes on
where the field of view ends, and a constant would draw an edge there.

With numba installed a compiled kernel is used; else SimpleITK for linear interpolation, and SciPy.
All give the same result within float32 error.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, partial
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.resampling.threads import run_parallel, thread_count

Kernel = Literal["linear", "cubic"]
Border = Literal["mirror", "minimum"]
Volume = NDArray[np.float32]
Matrix = NDArray[np.float64]
Box = tuple[slice, slice, slice]
WHOLE: Box = (slice(None), slice(None), slice(None))


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
        self._interpolate = self._route()

    def __call__(self, pull: Matrix, box: Box | None = None) -> Volume:
        """Return ``volume(pull @ index)`` for every voxel index of a box, on all threads.

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
        whole = box_within(box or WHOLE, self.volume.shape)
        output = np.empty(box_shape(whole), dtype=np.float32)
        thickness = -(-output.shape[0] // thread_count())

        def fill(tile: Box) -> None:
            start = tile[0].start - whole[0].start
            output[start : start + box_shape(tile)[0]] = self.sample(pull, tile)

        run_parallel(fill, cut_box(whole, 0, thickness))
        return output

    def sample(self, pull: Matrix, box: Box) -> Volume:
        """Return the same for a box with ends given, on the calling thread alone."""
        if np.abs(pull - np.eye(4)).max() < 1e-9:
            return self.volume[box].copy()
        linear = pull[:3, :3]
        offset = pull[:3, 3] + linear @ [part.start for part in box]
        return self._interpolate(linear, offset, box_shape(box))

    def _route(self) -> Callable[[Matrix, Matrix, tuple[int, int, int]], Volume]:
        """The fastest interpolation at hand."""
        compiled = compiled_kernels()
        if compiled is not None:
            return partial(
                compiled.resample,
                self._coefficients,
                cubic=self.kernel == "cubic",
                outside=self._outside,
            )
        from MotionQCLib.resampling.stock import StockInterpolator

        return StockInterpolator(
            self._coefficients, order=3 if self.kernel == "cubic" else 1, outside=self._outside
        )


def box_within(box: Box, shape: tuple[int, ...]) -> Box:
    """Return the box with its ends spelt out for a volume of some shape."""
    i, j, k = (slice(*part.indices(n)[:2]) for part, n in zip(box, shape, strict=True))
    return i, j, k


def box_shape(box: Box) -> tuple[int, int, int]:
    """Return the shape of a box with ends given."""
    i, j, k = (max(0, part.stop - part.start) for part in box)
    return i, j, k


def cut_box(box: Box, axis: int, thickness: int) -> list[Box]:
    """Cut a box with ends given into tiles along an axis."""
    tiles = []
    for start in range(box[axis].start, box[axis].stop, max(1, thickness)):
        tile = list(box)
        tile[axis] = slice(start, min(start + max(1, thickness), box[axis].stop))
        tiles.append((tile[0], tile[1], tile[2]))
    return tiles


def compiled_kernels() -> ModuleType | None:
    """Return the numba kernels, or None where numba is absent or ``MOTIONQC_NUMBA`` is 0."""
    return _import_compiled() if os.environ.get("MOTIONQC_NUMBA", "1") != "0" else None


@cache
def _import_compiled() -> ModuleType | None:
    try:
        from MotionQCLib.resampling import compiled
    except ImportError:
        return None
    return compiled
