"""Interpolation with what a stock 3D Slicer has: SimpleITK and SciPy."""

from __future__ import annotations

import threading

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage

Volume = NDArray[np.float32]
Vector = NDArray[np.float64]

_PAD = 8  # voxels of mirror image kept around the volume, or more where a map reaches further

_SMALL_SHARE = 1 / 64  # of the volume: from here on SciPy is quicker than padding


class StockInterpolator:
    """Interpolates one volume under affine maps, without compiled code of our own.

    SimpleITK's linear kernel is several times as fast as SciPy's. It knows no mirror image, so it
    gets one as padding; for a single slice that is not worth while.

    Parameters
    ----------
    coefficients : (I, J, K) array
        Values (order 1) or B-spline coefficients (order 3).
    order : 1 or 3
        Order of the spline.
    outside : float or None
        As in ``compiled.resample``: None continues the volume as its mirror image.
    """

    def __init__(self, coefficients: Volume, order: int, outside: float | None) -> None:
        self._coefficients = coefficients
        self._order = order
        self._outside = outside
        # One image a thread: a filter writes the region that it wants into its input.
        self._of_thread = threading.local()

    def __call__(self, linear: Vector, offset: Vector, shape: tuple[int, int, int]) -> Volume:
        """Return the float32 values ``(shape)`` at ``linear @ index + offset``."""
        small = np.prod(shape) < _SMALL_SHARE * self._coefficients.size
        if self._order == 1 and not (small and self._outside is None):
            return self._with_simpleitk(linear, offset, shape)
        posed: Volume = ndimage.affine_transform(
            self._coefficients,
            linear,
            offset=offset,
            output_shape=shape,
            output=np.float32,
            order=self._order,
            mode="mirror",
            prefilter=False,
        )
        return posed

    def _with_simpleitk(
        self, linear: Vector, offset: Vector, shape: tuple[int, int, int]
    ) -> Volume:
        """Resample an image whose physical points are array indices, in ITK's order (k, j, i)."""
        pull = SimpleITK.AffineTransform(3)
        pull.SetMatrix(linear[::-1, ::-1].ravel().tolist())
        pull.SetTranslation(offset[::-1].tolist())
        resampling = SimpleITK.ResampleImageFilter()
        resampling.SetInterpolator(SimpleITK.sitkLinear)
        resampling.SetSize(shape[::-1])
        resampling.SetDefaultPixelValue(0.0 if self._outside is None else self._outside)
        resampling.SetTransform(pull)
        resampling.SetNumberOfThreads(1)
        image = self._image(_reach(linear, offset, shape, self._coefficients.shape))
        posed: Volume = SimpleITK.GetArrayFromImage(resampling.Execute(image))
        return posed

    def _image(self, reach: int) -> SimpleITK.Image:
        """Return this thread's image, with as much mirror image around it as a map reaches."""
        wanted = 0 if self._outside is not None else max(reach, _PAD)
        kept: tuple[int, SimpleITK.Image] | None = getattr(self._of_thread, "kept", None)
        if kept is None or kept[0] < wanted:
            padded = (
                np.pad(self._coefficients, wanted, mode="reflect") if wanted else self._coefficients
            )
            image = SimpleITK.GetImageFromArray(padded)
            image.SetOrigin([-float(wanted)] * 3)
            kept = self._of_thread.kept = (wanted, image)
        return kept[1]


def _reach(linear: Vector, offset: Vector, shape: tuple[int, ...], source: tuple[int, ...]) -> int:
    """How many whole voxels beyond the source a box of the output looks."""
    ends = np.stack(np.meshgrid(*[(0, n - 1) for n in shape], indexing="ij")).reshape(3, -1)
    looked_at = linear @ ends + offset[:, np.newaxis]
    beyond = np.maximum(-looked_at, looked_at - (np.array(source)[:, np.newaxis] - 1))
    return max(0, int(np.ceil(beyond.max())) + 1)
