"""Compiled interpolation kernels; imported only where numba is installed.

Along an output row the source position advances by a constant step, so it is kept in fixed point
(32 bits of fraction in 64): floor and fraction are a shift and a mask. The part of a row whose
neighbours all lie inside the source is found beforehand and runs without any test; only the rest
looks at the border. Offsets into the source are unsigned: a signed one would be tested for counting
from the end, at every access.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

_BITS = 32
_ONE = 2.0**_BITS
_FRACTION = np.int64(2**_BITS - 1)
_TO_FLOAT = np.float32(2.0**-_BITS)
_NEXT = np.uint64(1)
_MARGIN = 1e-6  # voxels: keeps rounding from carrying the fast part over its bounds

Volume = NDArray[np.float32]


def _kept(kernel: Callable[..., None]) -> Callable[..., None]:
    """Compile a kernel, and keep the machine code if there is a place for it."""
    try:
        return njit(nogil=True, fastmath=True, cache=True)(kernel)
    except RuntimeError:  # neither the package's folder nor a home can be written
        return njit(nogil=True, fastmath=True)(kernel)


def resample(
    source: Volume,
    linear: NDArray[np.float64],
    offset: NDArray[np.float64],
    shape: tuple[int, ...],
    *,
    cubic: bool,
    outside: float | None,
) -> Volume:
    """Return ``source`` (values, or cubic spline coefficients) at ``linear @ index + offset``.

    Without a value for ``outside`` the source is continued as its mirror image. With one, that lies
    from half a voxel beyond the border; up to there a linear kernel repeats the border's values,
    and a cubic one sees the mirror image still.
    """
    output = np.empty(shape, dtype=np.float32)
    linear, offset = np.ascontiguousarray(linear, np.float64), np.asarray(offset, np.float64)
    if cubic:
        _cubic(source, linear, offset, output, outside is None, np.float32(outside or 0.0))
    else:
        _linear(source, linear, offset, output, outside is None, np.float32(outside or 0.0))
    return output


@njit(inline="always")
def _row_start(linear, offset, i, j):  # type: ignore[no-untyped-def]
    """Source position of the first voxel of an output row."""
    return (
        linear[0, 0] * i + linear[0, 1] * j + offset[0],
        linear[1, 0] * i + linear[1, 1] * j + offset[1],
        linear[2, 0] * i + linear[2, 1] * j + offset[2],
    )


@njit(inline="always")
def _steps(linear):  # type: ignore[no-untyped-def]
    """Advance of the source position along an output row, in fixed point."""
    return (
        np.int64(linear[0, 2] * _ONE),
        np.int64(linear[1, 2] * _ONE),
        np.int64(linear[2, 2] * _ONE),
    )


@njit(inline="always")
def _fixed(start, step, k):  # type: ignore[no-untyped-def]
    """Fixed-point coordinate of a row's voxel ``k``, from its start and its fixed-point step."""
    return np.int64(start * _ONE) + k * step


@njit(inline="always")
def _inside(start, step, low, high, first, last):  # type: ignore[no-untyped-def]
    """Narrow [first, last) to the k with ``low <= start + step * k <= high``."""
    low, high = low + _MARGIN, high - _MARGIN
    begin, end = first, last
    if step > 1e-12:
        begin = max(first, int(np.ceil((low - start) / step)))
        end = min(last, int(np.floor((high - start) / step)) + 1)
    elif step < -1e-12:
        begin = max(first, int(np.ceil((high - start) / step)))
        end = min(last, int(np.floor((low - start) / step)) + 1)
    elif start < low or start > high:
        end = first
    # An empty part must still lie within the row: both its ends bound the border's loops.
    return (begin, end) if begin < end else (first, first)


@njit(inline="always")
def _interior(x, y, z, linear, shape, before, after, count):  # type: ignore[no-untyped-def]
    """Part of a row whose neighbours, ``before`` to ``after`` voxels away, are all inside."""
    first, last = 0, count
    first, last = _inside(x, linear[0, 2], before, shape[0] - 1.0 - after, first, last)
    first, last = _inside(y, linear[1, 2], before, shape[1] - 1.0 - after, first, last)
    return _inside(z, linear[2, 2], before, shape[2] - 1.0 - after, first, last)


@njit(inline="always")
def _mirror(index, length):  # type: ignore[no-untyped-def]
    """Fold an index into [0, length) by reflection about the first and last sample."""
    if length == 1:
        return 0
    period = 2 * length - 2
    index = abs(index) % period
    return index if index < length else period - index


@njit(inline="always")
def _neighbours(position, length, mirrored):  # type: ignore[no-untyped-def]
    """The two samples around a position beyond the border, and the second one's weight."""
    below = int(np.floor(position))
    weight = np.float32(position - below)
    if mirrored:
        return _mirror(below, length), _mirror(below + 1, length), weight
    return max(below, 0), min(below + 1, length - 1), weight


@njit(inline="always")
def _beyond(shape, x, y, z):  # type: ignore[no-untyped-def]
    """Whether a position lies half a voxel or more outside the source."""
    return not (
        -0.5 <= x < shape[0] - 0.5 and -0.5 <= y < shape[1] - 0.5 and -0.5 <= z < shape[2] - 0.5
    )


@njit
def _linear_at_border(source, x, y, z, mirrored, outside):  # type: ignore[no-untyped-def]
    if not mirrored and _beyond(source.shape, x, y, z):
        return outside
    ni, nj, nk = source.shape
    a, a1, u = _neighbours(x, ni, mirrored)
    b, b1, v = _neighbours(y, nj, mirrored)
    c, c1, w = _neighbours(z, nk, mirrored)
    s00 = source[a, b, c] + w * (source[a, b, c1] - source[a, b, c])
    s01 = source[a, b1, c] + w * (source[a, b1, c1] - source[a, b1, c])
    s10 = source[a1, b, c] + w * (source[a1, b, c1] - source[a1, b, c])
    s11 = source[a1, b1, c] + w * (source[a1, b1, c1] - source[a1, b1, c])
    s0 = s00 + v * (s01 - s00)
    s1 = s10 + v * (s11 - s10)
    return s0 + u * (s1 - s0)


@njit(inline="always")
def _between(values, o, w):  # type: ignore[no-untyped-def]
    return values[o] + w * (values[o + _NEXT] - values[o])


@njit(inline="always")
def _between_lines(values, o, to_j, v, w):  # type: ignore[no-untyped-def]
    near = _between(values, o, w)
    return near + v * (_between(values, o + to_j, w) - near)


@_kept
def _linear(source, linear, offset, output, mirrored, outside):  # type: ignore[no-untyped-def]
    values = source.reshape(-1)
    di, dj = source.shape[1] * source.shape[2], source.shape[2]
    to_i, to_j = np.uint64(di), np.uint64(dj)
    dx, dy, dz = _steps(linear)
    count = output.shape[2]
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            x0, y0, z0 = _row_start(linear, offset, i, j)
            first, last = _interior(x0, y0, z0, linear, source.shape, 0.0, 1.0, count)
            row = output[i, j]
            for part in range(2):
                for k in range(0 if part == 0 else last, first if part == 0 else count):
                    x, y, z = x0 + linear[0, 2] * k, y0 + linear[1, 2] * k, z0 + linear[2, 2] * k
                    row[k] = _linear_at_border(source, x, y, z, mirrored, outside)
            x, y, z = _fixed(x0, dx, first), _fixed(y0, dy, first), _fixed(z0, dz, first)
            for k in range(first, last):
                u = np.float32(x & _FRACTION) * _TO_FLOAT
                v = np.float32(y & _FRACTION) * _TO_FLOAT
                w = np.float32(z & _FRACTION) * _TO_FLOAT
                o = np.uint64((x >> _BITS) * di + (y >> _BITS) * dj + (z >> _BITS))
                near = _between_lines(values, o, to_j, v, w)
                row[k] = near + u * (_between_lines(values, o + to_i, to_j, v, w) - near)
                x, y, z = x + dx, y + dy, z + dz


@njit(inline="always")
def _weights(t):  # type: ignore[no-untyped-def]
    """The four values of the cubic B-spline at offset ``t`` in [0, 1)."""
    s = np.float32(1.0) - t
    sixth = np.float32(1.0 / 6.0)
    two_thirds = np.float32(2.0 / 3.0)
    half = np.float32(0.5)
    return (
        s * s * s * sixth,
        two_thirds - t * t * (np.float32(1.0) - half * t),
        two_thirds - s * s * (np.float32(1.0) - half * s),
        t * t * t * sixth,
    )


@njit(inline="always")
def _four_mirrored(index, length):  # type: ignore[no-untyped-def]
    """The four samples around an index, folded into the source."""
    return (
        _mirror(index - 1, length),
        _mirror(index, length),
        _mirror(index + 1, length),
        _mirror(index + 2, length),
    )


@njit
def _cubic_at_border(source, x, y, z, mirrored, outside):  # type: ignore[no-untyped-def]
    if not mirrored and _beyond(source.shape, x, y, z):
        return outside
    ni, nj, nk = source.shape
    a, b, c = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    wx, wy, wz = (
        _weights(np.float32(x - a)),
        _weights(np.float32(y - b)),
        _weights(np.float32(z - c)),
    )
    rows = _four_mirrored(a, ni)
    columns = _four_mirrored(b, nj)
    k0, k1, k2, k3 = _four_mirrored(c, nk)
    total = np.float32(0.0)
    for p in range(4):
        for q in range(4):
            line = source[rows[p], columns[q]]
            total += (wx[p] * wy[q]) * (
                wz[0] * line[k0] + wz[1] * line[k1] + wz[2] * line[k2] + wz[3] * line[k3]
            )
    return total


@njit(inline="always")
def _sum_line(values, o, w):  # type: ignore[no-untyped-def]
    near = w[0] * values[o] + w[1] * values[o + _NEXT]
    return near + w[2] * values[o + _NEXT + _NEXT] + w[3] * values[o + _NEXT + _NEXT + _NEXT]


@njit(inline="always")
def _sum_plane(values, o, to_j, wy, wz):  # type: ignore[no-untyped-def]
    near = wy[0] * _sum_line(values, o, wz) + wy[1] * _sum_line(values, o + to_j, wz)
    far = o + to_j + to_j
    return near + wy[2] * _sum_line(values, far, wz) + wy[3] * _sum_line(values, far + to_j, wz)


@_kept
def _cubic(source, linear, offset, output, mirrored, outside):  # type: ignore[no-untyped-def]
    values = source.reshape(-1)
    di, dj = source.shape[1] * source.shape[2], source.shape[2]
    to_i, to_j = np.uint64(di), np.uint64(dj)
    dx, dy, dz = _steps(linear)
    count = output.shape[2]
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            x0, y0, z0 = _row_start(linear, offset, i, j)
            first, last = _interior(x0, y0, z0, linear, source.shape, 1.0, 2.0, count)
            row = output[i, j]
            for part in range(2):
                for k in range(0 if part == 0 else last, first if part == 0 else count):
                    x, y, z = x0 + linear[0, 2] * k, y0 + linear[1, 2] * k, z0 + linear[2, 2] * k
                    row[k] = _cubic_at_border(source, x, y, z, mirrored, outside)
            x, y, z = _fixed(x0, dx, first), _fixed(y0, dy, first), _fixed(z0, dz, first)
            for k in range(first, last):
                wx = _weights(np.float32(x & _FRACTION) * _TO_FLOAT)
                wy = _weights(np.float32(y & _FRACTION) * _TO_FLOAT)
                wz = _weights(np.float32(z & _FRACTION) * _TO_FLOAT)
                corner = ((x >> _BITS) - 1) * di + ((y >> _BITS) - 1) * dj + (z >> _BITS) - 1
                o = np.uint64(corner)
                total = wx[0] * _sum_plane(values, o, to_j, wy, wz)
                total += wx[1] * _sum_plane(values, o + to_i, to_j, wy, wz)
                total += wx[2] * _sum_plane(values, o + to_i + to_i, to_j, wy, wz)
                row[k] = total + wx[3] * _sum_plane(values, o + to_i + to_i + to_i, to_j, wy, wz)
                x, y, z = x + dx, y + dy, z + dz
