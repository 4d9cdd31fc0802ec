"""Interpolation with what a stock 3D Slicer has: SimpleITK and SciPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage

Volume = NDArray[np.float32]
Vector = NDArray[np.float64]
Shape = tuple[int, int, int]

_PAD = 8  # voxels kept around what a map reaches, so that the next map finds them there

_SMALL_SHARE = 1 / 64  # of the volume: from here on a part of it is quicker than the whole, padded


@dataclass(frozen=True)
class _Image:
    """A SimpleITK image of the source's indices ``low`` to ``high``, beyond its border too."""

    low: NDArray[np.intp]
    high: NDArray[np.intp]
    image: SimpleITK.Image

    def covers(self, low: NDArray[np.intp], high: NDArray[np.intp]) -> bool:
        return bool((self.low <= low).all() and (self.high >= high).all())


class StockInterpolator:
    """Interpolates one volume under affine maps, without compiled code of our own.

    SimpleITK's linear kernel is several times as fast as SciPy's. It knows no mirror image: for a
    large box it gets one as padding, in a small box SciPy fills in what lies beyond the border.

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
        # Taken out while in use: a filter writes the region that it wants into its input, so no
        # two threads may share one.
        self._free: list[_Image] = []

    def __call__(self, linear: Vector, offset: Vector, shape: Shape) -> Volume:
        """Return the float32 values ``(shape)`` at ``linear @ index + offset``."""
        if self._order == 3:
            return self._with_scipy(linear, offset, shape)
        if self._outside is not None:
            return self._with_simpleitk(linear, offset, shape, *self._whole())
        low, high = _looked_at(linear, offset, shape)
        if np.prod(shape) >= _SMALL_SHARE * self._coefficients.size:
            return self._with_simpleitk(linear, offset, shape, low, high)
        return self._with_both(linear, offset, shape, low, high)

    def _with_scipy(self, linear: Vector, offset: Vector, shape: Shape) -> Volume:
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

    def _with_both(
        self,
        linear: Vector,
        offset: Vector,
        shape: Shape,
        low: NDArray[np.intp],
        high: NDArray[np.intp],
    ) -> Volume:
        """SimpleITK where the source has values, SciPy beyond."""
        first, last = self._whole()
        if (high < first).any() or (low > last).any():
            return self._with_scipy(linear, offset, shape)
        inside = np.maximum(low, first), np.minimum(high, last)
        posed = self._with_simpleitk(linear, offset, shape, *inside)
        if (low < first).any() or (high > last).any():
            beyond, position = _beyond(linear, offset, shape, last)
            posed[beyond] = ndimage.map_coordinates(
                self._coefficients, position, order=1, mode="mirror", output=np.float32
            )
        return posed

    def _whole(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return np.zeros(3, dtype=int), np.array(self._coefficients.shape) - 1

    def _with_simpleitk(
        self,
        linear: Vector,
        offset: Vector,
        shape: Shape,
        low: NDArray[np.intp],
        high: NDArray[np.intp],
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
        part = self._take(low, high)
        posed: Volume = SimpleITK.GetArrayFromImage(resampling.Execute(part.image))
        self._free.append(part)
        return posed

    def _take(self, low: NDArray[np.intp], high: NDArray[np.intp]) -> _Image:
        """Return an image that covers some indices, for this thread alone."""
        try:
            part = self._free.pop()
        except IndexError:
            return self._cut(low, high)
        return part if part.covers(low, high) else self._cut(low, high)

    def _cut(self, low: NDArray[np.intp], high: NDArray[np.intp]) -> _Image:
        """An image of some indices and a few around, beyond the border the mirror image."""
        first, last = self._whole()
        around = _PAD if self._outside is None else 0
        # Beyond the border only where that is asked for.
        low = np.where(low < first, low - around, np.maximum(low - around, first))
        high = np.where(high > last, high + around, np.minimum(high + around, last))
        kept = tuple(
            slice(max(a, 0), min(b, n) + 1) for a, b, n in zip(low, high, last, strict=True)
        )
        part = self._coefficients[kept]
        padding = [(max(-a, 0), max(b - n, 0)) for a, b, n in zip(low, high, last, strict=True)]
        if np.any(padding):
            # The mirror image of the whole volume, not of the part: pad what is whole.
            part = np.pad(self._coefficients, padding, mode="reflect")
            low, high = np.minimum(low, first), np.maximum(high, last)
        image = SimpleITK.GetImageFromArray(np.ascontiguousarray(part))
        image.SetOrigin(low[::-1].astype(float).tolist())
        return _Image(low, high, image)


def _looked_at(
    linear: Vector, offset: Vector, shape: Shape
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the lowest and highest source index that a box of the output looks at."""
    ends = np.stack(np.meshgrid(*[(0, n - 1) for n in shape], indexing="ij")).reshape(3, -1)
    positions = linear @ ends + offset[:, np.newaxis]
    return (
        np.floor(positions.min(axis=1)).astype(int),
        np.ceil(positions.max(axis=1)).astype(int) + 1,
    )


def _beyond(
    linear: Vector, offset: Vector, shape: Shape, last: NDArray[np.intp]
) -> tuple[NDArray[np.bool_], Vector]:
    """Which voxels of a box look beyond the source's border, and where, ``(3, N)``."""
    i, j, k = np.ogrid[: shape[0], : shape[1], : shape[2]]
    outside = np.zeros(shape, dtype=bool)
    ends = np.array(shape) - 1
    for row, start, end in zip(linear, offset, last, strict=True):
        lowest = start + (np.minimum(row, 0) * ends).sum()
        highest = start + (np.maximum(row, 0) * ends).sum()
        if lowest >= 0 and highest <= end:
            continue
        place = ((row[0] * i + start) + row[1] * j) + row[2] * k
        outside |= (place < 0) if highest <= end else (np.abs(2 * place - end) > end)
    index = np.stack(np.nonzero(outside))
    return outside, linear @ index + offset[:, np.newaxis]
