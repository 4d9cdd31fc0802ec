"""Mixing the spectra of differently posed heads along one axis, the slab axis.

Slab ``k`` of the acquired k-space comes from the pose held while it was measured, so along the slab
axis the image's spectrum is ``X[k] = sum_i m_i[k] X_i[k]`` with ``m_i`` the 0/1 mask of segment
``i``. The two other axes need no transform at all: they would be transformed forth and back
unchanged.

Equivalently, in the image: ``out = sum_i V_i C_i`` with the circulant
``C_i[a, b] = h_i[(b - a) mod n]``, ``h_i = ifft(m_i)``; used where one output position is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Output = Literal["magnitude", "real"]
Posed = Callable[[int], NDArray[np.float32]]
"""Returns the head in pose ``i``; all of one shape, with the whole slab axis in it."""


def mix(posed: Posed, segments: NDArray[np.intp], axis: int, output: Output) -> NDArray[np.float32]:
    """Return the image whose k-space slabs were acquired in different poses.

    Parameters
    ----------
    posed : callable
        ``posed(i)`` is the volume in pose ``i``, float32, all of one shape.
    segments : (n,) integer array
        The pose of every slab, in FFT order; ``n`` is the volume's length along ``axis``.
    axis : int
        The slab axis of the array.
    output : "magnitude" or "real"
        Magnitude is what a scanner shows; real is the real part of the complex image.
    """
    poses = np.unique(segments)
    if len(poses) == 1:
        still = posed(int(poses[0]))
        return np.abs(still) if output == "magnitude" else still
    spectrum: NDArray[np.complex64] | None = None
    for pose in poses:
        volume = posed(int(pose))
        if spectrum is None:
            spectrum = np.empty(volume.shape, dtype=np.complex64)
        _fill_slabs(spectrum, volume, np.flatnonzero(segments == pose), axis)
    assert spectrum is not None
    image = fft.ifft(spectrum, axis=axis, overwrite_x=True)
    return np.abs(image) if output == "magnitude" else np.ascontiguousarray(image.real)


def mix_position(
    posed: Posed, segments: NDArray[np.intp], axis: int, position: int, output: Output
) -> NDArray[np.float32]:
    """Return one plane across the slab axis of what :func:`mix` gives, ``axis`` dropped."""
    n = len(segments)
    mixed: NDArray[np.float32] | None = None
    for pose in np.unique(segments):
        kernel = np.fft.ifft(segments == pose)
        column = kernel[(position - np.arange(n)) % n]
        parts = np.stack([column.real, column.imag]).astype(np.float32)
        plane = _apply(parts, posed(int(pose)), axis)
        mixed = plane if mixed is None else mixed + plane
    assert mixed is not None
    real, imaginary = np.moveaxis(mixed, axis, 0)
    return np.hypot(real, imaginary) if output == "magnitude" else np.ascontiguousarray(real)


def _fill_slabs(
    spectrum: NDArray[np.complex64], volume: NDArray[np.float32], slabs: NDArray[np.intp], axis: int
) -> None:
    """Transform a real volume along ``axis`` to some slabs of the spectrum, and no others."""
    n = volume.shape[axis]
    half = fft.rfft(volume, axis=axis)
    for run in _runs(slabs, n):
        into = _at(axis, slice(run[0], run[-1] + 1))
        if run[0] < half.shape[axis]:
            spectrum[into] = half[into]
        else:  # a real volume's slab n - k is the conjugate of its slab k
            last = n - run[-1]
            mirrored = np.flip(half[_at(axis, slice(last, last + len(run)))], axis)
            np.conjugate(mirrored, out=spectrum[into])


def _runs(slabs: NDArray[np.intp], n: int) -> list[NDArray[np.intp]]:
    """Cut ascending slabs where there is a gap, and where the conjugate half begins."""
    cuts = np.flatnonzero((np.diff(slabs) > 1) | (slabs[1:] == n // 2 + 1)) + 1
    return np.split(slabs, cuts)


def _at(axis: int, part: slice) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, part)


def _apply(
    matrix: NDArray[np.float32], volume: NDArray[np.float32], axis: int
) -> NDArray[np.float32]:
    """Apply an ``(m, n)`` matrix along an axis of length ``n``; the result has ``m`` there."""
    if axis == volume.ndim - 1:
        return volume @ matrix.T
    lines = volume.reshape(*volume.shape[: axis + 1], -1)
    applied: NDArray[np.float32] = np.matmul(matrix, lines)
    return applied.reshape(*volume.shape[:axis], len(matrix), *volume.shape[axis + 1 :])
