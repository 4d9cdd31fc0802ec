"""Mixing the spectra of differently posed heads, along one axis, without a full Fourier transform.

Slab ``k`` of the acquired k-space comes from the pose held while it was measured, so along the slab
axis the image's spectrum is ``X[k] = sum_i m_i[k] X_i[k]`` with ``m_i`` the 0/1 mask of segment
``i``. The two other axes need no transform at all: they are transformed forth and back unchanged.
And as each ``k`` belongs to one segment only, the forward transforms of all poses together cost one
product with the Fourier matrix, however many poses there are.

Equivalently, in the image: ``out = sum_i V_i C_i`` with the circulant
``C_i[a, b] = h_i[(b - a) mod n]``, ``h_i = ifft(m_i)``; used where few output positions are wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    spectrum = None
    for pose, slabs, fourier in _bands(segments):
        volume = posed(pose)
        if spectrum is None:
            shape = (*volume.shape[:axis], len(segments), *volume.shape[axis + 1 :])
            spectrum = np.empty(shape, dtype=np.complex64)
        into = (slice(None),) * axis + (slabs,)
        spectrum[into] = _transform(volume, fourier, axis)
    image = fft.ifft(spectrum, axis=axis, overwrite_x=True, workers=-1)
    return np.abs(image) if output == "magnitude" else np.ascontiguousarray(image.real)


def mix_position(
    posed: Posed, segments: NDArray[np.intp], axis: int, position: int, output: Output
) -> NDArray[np.float32]:
    """Return one plane across the slab axis of what :func:`mix` gives, ``axis`` dropped."""
    n = len(segments)
    total: NDArray[np.complex64] | None = None
    for pose in np.unique(segments):
        kernel = np.fft.ifft(segments == pose)
        column = kernel[(position - np.arange(n)) % n].astype(np.complex64)
        volume = np.moveaxis(posed(int(pose)), axis, -1)
        plane = volume @ column.real + 1j * (volume @ column.imag)
        total = plane if total is None else total + plane
    assert total is not None
    return np.abs(total) if output == "magnitude" else np.ascontiguousarray(total.real)


def _bands(
    segments: NDArray[np.intp],
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.complex64]]]:
    """For every pose: its slabs, and the columns of the Fourier matrix that reach them."""
    n = len(segments)
    position = np.arange(n)
    for pose in np.unique(segments):
        slabs = np.flatnonzero(segments == pose)
        # Whole turns are taken off before the exponential, which float32 would blur.
        turns = np.outer(position, slabs) % n / n
        yield int(pose), slabs, np.exp(-2j * np.pi * turns).astype(np.complex64)


def _transform(
    volume: NDArray[np.float32], fourier: NDArray[np.complex64], axis: int
) -> NDArray[np.complex64]:
    """Apply the ``(n, m)`` columns of a Fourier matrix along ``axis`` of a real volume."""
    m = fourier.shape[1]
    parts = np.concatenate([fourier.real, fourier.imag], axis=1)
    if axis == volume.ndim - 1:
        both = volume @ parts
        return both[..., :m] + 1j * both[..., m:]
    swapped = np.moveaxis(volume, axis, -2)
    both = np.matmul(np.ascontiguousarray(parts.T), swapped)
    return np.moveaxis(both[..., :m, :] + 1j * both[..., m:, :], -2, axis)
