"""Interpolation with what a stock 3D Slicer has: SimpleITK and SciPy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

if TYPE_CHECKING:
    import SimpleITK

Volume = NDArray[np.float32]

_PAD = 8  # voxels of mirror image kept around the volume, or more where a map reaches further


class StockInterpolator:
    """Interpolates one volume under affine maps, without compiled code of our own.

    SimpleITK's linear kernel is about twice as fast as SciPy's, but has to be handed the volume as
    an image, which pays for large boxes only. It knows no mirror image, so it gets one as padding.

    Parameters
    ----------
    coefficients : (I, J, K) array
        Values (order 1) or B-spline coefficients (order 3).
    order : 1 or 3
        Order of the spline.
    outside : float or None
        As in ``resample_numba``: None continues the volume as its mirror image.
    """

    def __init__(self, coefficients: Volume, order: int, outside: float | None) -> None:
        self._coefficients = coefficients
        self._order = order
        self._outside = outside
        self._image: SimpleITK.Image | None = None
        self._pad = 0

    def __call__(
        self,
        linear: NDArray[np.float64],
        offset: NDArray[np.float64],
        shape: tuple[int, ...],
        *,
        threads: int,
    ) -> Volume:
        """Return the float32 values ``(shape)`` at ``linear @ index + offset``."""
        if self._order == 1 and (
            self._outside is not None or np.prod(shape) > self._coefficients.size // 8
        ):
            return self._with_simpleitk(linear, offset, shape, threads)
        return self._with_scipy(linear, offset, shape, threads)

    def _with_simpleitk(
        self,
        linear: NDArray[np.float64],
        offset: NDArray[np.float64],
        shape: tuple[int, ...],
        threads: int,
    ) -> Volume:
        """Resample an image whose physical points are array indices, in ITK's order (k, j, i)."""
        import SimpleITK as sitk

        self._prepare_image(_reach(linear, offset, shape, self._coefficients.shape))
        pull = sitk.AffineTransform(3)
        pull.SetMatrix(linear[::-1, ::-1].ravel().tolist())
        pull.SetTranslation(offset[::-1].tolist())
        filter_ = sitk.ResampleImageFilter()
        filter_.SetInterpolator(sitk.sitkLinear)
        filter_.SetSize([int(n) for n in shape[::-1]])
        filter_.SetDefaultPixelValue(0.0 if self._outside is None else self._outside)
        filter_.SetTransform(pull)
        filter_.SetNumberOfThreads(threads)
        posed: Volume = sitk.GetArrayFromImage(filter_.Execute(self._image))
        return posed

    def _prepare_image(self, reach: int) -> None:
        """Make the volume an image, with as much mirror image around it as the map reaches."""
        import SimpleITK as sitk

        pad = 0 if self._outside is not None else max(reach, _PAD)
        if self._image is not None and pad <= self._pad:
            return
        self._image = sitk.GetImageFromArray(np.pad(self._coefficients, pad, mode="reflect"))
        self._image.SetOrigin([-float(pad)] * 3)
        self._pad = pad

    def _with_scipy(
        self,
        linear: NDArray[np.float64],
        offset: NDArray[np.float64],
        shape: tuple[int, ...],
        threads: int,
    ) -> Volume:
        """Interpolate one slab a thread; SciPy releases the interpreter lock."""
        output = np.empty(shape, dtype=np.float32)
        edges = np.linspace(0, shape[0], min(threads, shape[0]) + 1).astype(int)

        def fill(first: int, last: int) -> None:
            ndimage.affine_transform(
                self._coefficients,
                linear,
                offset=offset + linear[:, 0] * first,
                output_shape=(last - first, *shape[1:]),
                output=output[first:last],
                order=self._order,
                mode="mirror",
                prefilter=False,
            )

        with ThreadPoolExecutor(len(edges) - 1) as pool:
            list(pool.map(fill, edges[:-1], edges[1:]))
        return output


def _reach(
    linear: NDArray[np.float64],
    offset: NDArray[np.float64],
    shape: tuple[int, ...],
    source: tuple[int, ...],
) -> int:
    """How many whole voxels beyond the source a box of the output looks."""
    ends = np.stack(np.meshgrid(*[(0, n - 1) for n in shape], indexing="ij")).reshape(3, -1)
    looked_at = linear @ ends + offset[:, np.newaxis]
    beyond = np.maximum(-looked_at, looked_at - (np.array(source)[:, np.newaxis] - 1))
    return max(0, int(np.ceil(beyond.max())) + 1)
