"""Fused, parallel interpolation kernels; imported only where numba is installed."""

from __future__ import annotations

import numpy as np
from numba import njit, prange, set_num_threads

from MotionQCLib.motion.rigid import Matrix


def resample(
    coefficients: np.ndarray, linear: Matrix, offset: Matrix, shape: tuple[int, ...], kernel: str
) -> np.ndarray:
    """Return ``(shape)`` float32 values at ``linear @ index + offset``; see ``resample.py``."""
    from MotionQCLib.motion.resample import thread_count

    output = np.empty(shape, dtype=np.float32)
    set_num_threads(min(thread_count(), _MAX_THREADS))
    run = _cubic if kernel == "cubic" else _linear
    run(coefficients, np.ascontiguousarray(linear, np.float64), np.asarray(offset, np.float64), output)
    return output


def _max_threads() -> int:
    from numba import config

    return int(config.NUMBA_NUM_THREADS)


_MAX_THREADS = _max_threads()


@njit(inline="always")
def _mirror(index, length):  # type: ignore[no-untyped-def]
    """Fold an index into [0, length) by reflection about the first and last sample."""
    if length == 1:
        return 0
    period = 2 * length - 2
    index = abs(index) % period
    return index if index < length else period - index


@njit(parallel=True, fastmath=True, cache=True)
def _linear(source, linear, offset, output):  # type: ignore[no-untyped-def]
    ni, nj, nk = source.shape
    for i in prange(output.shape[0]):
        for j in range(output.shape[1]):
            x0 = linear[0, 0] * i + linear[0, 1] * j + offset[0]
            y0 = linear[1, 0] * i + linear[1, 1] * j + offset[1]
            z0 = linear[2, 0] * i + linear[2, 1] * j + offset[2]
            for k in range(output.shape[2]):
                x = x0 + linear[0, 2] * k
                y = y0 + linear[1, 2] * k
                z = z0 + linear[2, 2] * k
                a, b, c = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
                u, v, w = np.float32(x - a), np.float32(y - b), np.float32(z - c)
                if 0 <= a < ni - 1 and 0 <= b < nj - 1 and 0 <= c < nk - 1:
                    a1, b1, c1 = a + 1, b + 1, c + 1
                else:
                    a, a1 = _mirror(a, ni), _mirror(a + 1, ni)
                    b, b1 = _mirror(b, nj), _mirror(b + 1, nj)
                    c, c1 = _mirror(c, nk), _mirror(c + 1, nk)
                s00 = source[a, b, c] + w * (source[a, b, c1] - source[a, b, c])
                s01 = source[a, b1, c] + w * (source[a, b1, c1] - source[a, b1, c])
                s10 = source[a1, b, c] + w * (source[a1, b, c1] - source[a1, b, c])
                s11 = source[a1, b1, c] + w * (source[a1, b1, c1] - source[a1, b1, c])
                s0 = s00 + v * (s01 - s00)
                s1 = s10 + v * (s11 - s10)
                output[i, j, k] = s0 + u * (s1 - s0)


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


@njit(parallel=True, fastmath=True, cache=True)
def _cubic(source, linear, offset, output):  # type: ignore[no-untyped-def]
    ni, nj, nk = source.shape
    for i in prange(output.shape[0]):
        for j in range(output.shape[1]):
            x0 = linear[0, 0] * i + linear[0, 1] * j + offset[0]
            y0 = linear[1, 0] * i + linear[1, 1] * j + offset[1]
            z0 = linear[2, 0] * i + linear[2, 1] * j + offset[2]
            for k in range(output.shape[2]):
                x = x0 + linear[0, 2] * k
                y = y0 + linear[1, 2] * k
                z = z0 + linear[2, 2] * k
                a, b, c = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
                wx = _weights(np.float32(x - a))
                wy = _weights(np.float32(y - b))
                wz = _weights(np.float32(z - c))
                total = np.float32(0.0)
                if 1 <= a < ni - 2 and 1 <= b < nj - 2 and 1 <= c < nk - 2:
                    for p in range(4):
                        plane = np.float32(0.0)
                        for q in range(4):
                            row = source[a - 1 + p, b - 1 + q]
                            plane += wy[q] * (
                                wz[0] * row[c - 1]
                                + wz[1] * row[c]
                                + wz[2] * row[c + 1]
                                + wz[3] * row[c + 2]
                            )
                        total += wx[p] * plane
                else:
                    for p in range(4):
                        plane = np.float32(0.0)
                        for q in range(4):
                            row = source[_mirror(a - 1 + p, ni), _mirror(b - 1 + q, nj)]
                            for r in range(4):
                                plane += wy[q] * wz[r] * row[_mirror(c - 1 + r, nk)]
                        total += wx[p] * plane
                output[i, j, k] = total
