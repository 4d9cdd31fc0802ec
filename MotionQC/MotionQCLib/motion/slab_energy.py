"""How much of a head's fine detail each slab of k-space carries.

The head is what lies in a ball about the brain's centre, so that neither neck nor face nor the
size of the field of view counts. A large scan takes about a second, which comes in pieces where a
window has to stay alive.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from MotionQCLib.motion.trajectory import Axis, slab_axis

WINDOW_MM = (70.0, 90.0)
"""Radii about the brain's centre between which the head fades out of the gradient energy."""
_PIECE = 400_000
"""Voxels of a piece: some 10 to 20 ms."""

Energy = NDArray[np.float64]


def gradient_energy(
    volume: NDArray[np.generic], affine: ArrayLike, axis: Axis, center: ArrayLike
) -> Energy:
    """Return each slab's share of ``sum |k|^2 |X|^2``, the energy of the head's gradient.

    ``X`` is the spectrum of the image times a window about the brain's centre: 1 up to 70 mm, a
    half cosine to 0 at 90 mm.

    Parameters
    ----------
    volume : (I, J, K) array
        The still scan.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    axis : "LR", "AP" or "SI"
        The slab axis.
    center : (3,) array
        The brain's centre, RAS mm.

    Returns
    -------
    (n,) array
        In FFT order; sum 1. Of a real image it is the same in both directions of the axis.
    """
    return energy_along(volume, affine, slab_axis(affine, axis)[0], center)


def energy_along(
    volume: NDArray[np.generic], affine: ArrayLike, across: int, center: ArrayLike
) -> Energy:
    """Return :func:`gradient_energy` of the slabs along an array axis."""
    pieces = energy_in_pieces(volume, affine, across, center)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            energy: Energy = end.value
            return energy


def energy_in_pieces(
    volume: NDArray[np.generic], affine: ArrayLike, across: int, center: ArrayLike
) -> Generator[None, None, Energy]:
    """Work out :func:`energy_along` with pauses, and return it at the end."""
    affine = np.asarray(affine, dtype=float)
    order = np.roll(range(3), -across)
    turned, to_world = np.asarray(volume).transpose(order), affine[:, [*order, 3]]
    n0, n1, n2 = turned.shape
    spectrum = np.zeros((n0, n1, n2 // 2 + 1), np.complex64)
    for slabs in _stretches(n0, n1 * n2):
        window = _window(slabs, turned.shape, to_world, center)
        if window.any():
            windowed = turned[slabs].astype(np.float32) * window
            spectrum[slabs] = fft.rfftn(windowed, axes=(1, 2), workers=-1)
        yield
    spacing = np.linalg.norm(to_world[:3, :3], axis=0)
    k0, k1 = fft.fftfreq(n0, spacing[0]), fft.fftfreq(n1, spacing[1])
    k2 = fft.rfftfreq(n2, spacing[2])
    # Of each conjugate pair the half spectrum holds one, and its partner lies in slab -k.
    paired = (np.arange(len(k2)) > 0) & (2 * np.arange(len(k2)) < n2)
    own, partners = np.zeros(n0), np.zeros(n0)
    for rows in _stretches(n1, n0 * len(k2)):
        part = fft.fft(spectrum[:, rows], axis=0, workers=-1)
        power = (part.real**2 + part.imag**2).reshape(n0, -1)
        across_k = (k1[rows] ** 2)[:, None] + k2**2
        both = np.broadcast_to(paired, across_k.shape)
        columns = np.stack([across_k, np.ones_like(across_k), across_k * both, both], axis=-1)
        sums = power @ columns.reshape(-1, 4)
        own += sums[:, 0] + k0**2 * sums[:, 1]
        partners += sums[:, 2] + k0**2 * sums[:, 3]
        yield
    energy = own + partners[-np.arange(n0)]
    total = energy.sum()
    return energy / total if total > 0 else np.full(n0, 1.0 / n0)


def _stretches(count: int, voxels_each: int) -> Iterator[slice]:
    """Cut ``count`` layers into stretches of about a piece's size."""
    step = max(1, _PIECE // max(1, voxels_each))
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))


def _window(
    slabs: slice, shape: tuple[int, ...], affine: NDArray[np.float64], center: ArrayLike
) -> NDArray[np.float32]:
    """1 in the ball that holds the brain, falling smoothly to 0 around it; of some slabs."""
    to_center = np.linalg.inv(affine) @ [*np.asarray(center, dtype=float), 1.0]
    metric = (affine[:3, :3].T @ affine[:3, :3]).astype(np.float32)
    u = np.ogrid[slabs, : shape[1], : shape[2]]
    i, j, k = (
        axis.astype(np.float32) - np.float32(c) for axis, c in zip(u, to_center, strict=False)
    )
    squared = metric[0, 0] * i * i + metric[1, 1] * j * j + 2 * metric[0, 1] * i * j
    squared = squared + metric[2, 2] * k * k + 2 * (metric[0, 2] * i + metric[1, 2] * j) * k
    inner, outer = WINDOW_MM
    share = np.clip((np.sqrt(np.maximum(squared, 0)) - inner) / (outer - inner), 0.0, 1.0)
    window: NDArray[np.float32] = (0.5 + 0.5 * np.cos(np.pi * share)).astype(np.float32)
    return window
