"""Interpolation with what a stock 3D Slicer has: SimpleITK and SciPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.resampling.mirror import mirrored

Volume = NDArray[np.float32]

Vector = NDArray[np.float64]
Shape = tuple[int, int, int]

_PAD = 8  # voxels kept around what a map reaches, so that the next map finds them there

_MOST_GROWTH = 4  # an image is extended to what another map reaches up to this many times its size

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

    SimpleITK's linear kernel is several times as fast as SciPy's. It knows no mirror image, so it
    gets one as padding: about the whole volume for a large box, else about what a box looks at.

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
        first, last = np.zeros(3, dtype=int), np.array(self._coefficients.shape) - 1
        if self._outside is not None:
            return self._with_simpleitk(linear, offset, shape, first, last)
        low, high = _looked_at(linear, offset, shape)
        if np.prod(shape) >= _SMALL_SHARE * self._coefficients.size:
            low, high = np.minimum(low, first), np.maximum(high, last)
        return self._with_simpleitk(linear, offset, shape, low, high)

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

    def _with_simpleitk(
        self,
        linear: Vector,
        offset: Vector,
        shape: Shape,
        low: NDArray[np.intp],
        high: NDArray[np.intp],
    ) -> Volume:
        """Resample an image whose physical points are array indices."""
        resampling = SimpleITK.ResampleImageFilter()
        resampling.SetInterpolator(SimpleITK.sitkLinear)
        resampling.SetSize(shape[::-1])
        resampling.SetDefaultPixelValue(0.0 if self._outside is None else self._outside)
        resampling.SetTransform(index_map(linear, offset))
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
        if part.covers(low, high):
            return part
        # The poses of a head take turns: one image that covers them all need not be cut again.
        both = np.minimum(low, part.low), np.maximum(high, part.high)
        near = _count(*both) <= _MOST_GROWTH * _count(low, high)
        return self._cut(*both) if near else self._cut(low, high)

    def _cut(self, low: NDArray[np.intp], high: NDArray[np.intp]) -> _Image:
        """An image of some indices and a few around, beyond the border the mirror image."""
        if self._outside is None:
            low, high = low - _PAD, high + _PAD
        part = self._coefficients
        for axis, (start, end) in enumerate(zip(low, high, strict=True)):
            part = _along(part, axis, start, end)
        image = SimpleITK.GetImageFromArray(np.ascontiguousarray(part))
        image.SetOrigin(low[::-1].astype(float).tolist())
        return _Image(low, high, image)


def index_map(linear: Vector, offset: Vector) -> SimpleITK.AffineTransform:
    """Return ``linear @ index + offset`` for points that are indices, in ITK's order (k, j, i)."""
    transform = SimpleITK.AffineTransform(3)
    transform.SetMatrix(linear[::-1, ::-1].ravel().tolist())
    transform.SetTranslation(offset[::-1].tolist())
    return transform


def _along(volume: Volume, axis: int, start: int, end: int) -> Volume:
    """Return indices ``start`` to ``end`` along an axis, of the volume and its mirror images."""
    length = volume.shape[axis]
    if start >= 0 and end < length:
        kept = [slice(None)] * 3
        kept[axis] = slice(start, end + 1)
        return volume[tuple(kept)]
    return np.take(volume, mirrored(np.arange(start, end + 1), length), axis)


def _count(low: NDArray[np.intp], high: NDArray[np.intp]) -> int:
    """Number of indices from ``low`` to ``high``."""
    return int(np.prod(high - low + 1))


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
