"""Volumes under rigid maps and deformations: linear or cubic B-spline interpolation.

One formula serves eagerly and compiled: eight or sixty-four neighbours are gathered from a volume
continued by its mirror image. Compiled, coordinates, weights and sum stay in registers and a pose
costs one pass; eagerly, each neighbour is a pass of its own.
"""

from __future__ import annotations

from functools import cache, partial
from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from MotionQCLib.resampling.resampler import Kernel
from MotionQCTraining.synthesis.device.compiling import maybe_compiled

# Bounds are checked by folding coordinates, and a check at every access would cost more than it.
_at = torch.ops.aten._unsafe_index.Tensor
_REACH = {"linear": (0, 1), "cubic": (1, 2)}
"""Neighbours that a kernel needs before the voxel below a position, and after it."""


class Resampler:
    """Interpolates volumes of one shape with one kernel.

    Parameters
    ----------
    kernel : "linear" or "cubic"
        Cubic is the interpolating B-spline of order 3.
    compiled : bool
        Whether to compile, which takes up to a minute at the first use and pays from then on; see
        ``compiling.py``.
    """

    def __init__(self, kernel: Kernel = "cubic", *, compiled: bool = False) -> None:
        self.kernel: Kernel = kernel
        cubic = kernel == "cubic"
        self._posed = maybe_compiled(partial(_posed, cubic=cubic), compiled)
        self._deformed = maybe_compiled(partial(_deformed, cubic=cubic), compiled)

    def prepared(self, volume: Tensor) -> Tensor:
        """Return what is interpolated: values or spline coefficients with a margin of mirror image.

        Parameters
        ----------
        volume : (I, J, K) float32 tensor
            All sides two or longer; left untouched.
        """
        if min(volume.shape) < 4:
            raise ValueError(f"volume has shape {tuple(volume.shape)}; give sides of 4 or more")
        if self.kernel == "cubic":
            volume = along_axes(volume, [spline_filter(n, volume.device) for n in volume.shape])
        return F.pad(volume[None, None], _REACH[self.kernel] * 3, mode="reflect")[0, 0]

    def posed(self, prepared: Tensor, pull: Tensor) -> Tensor:
        """Return the volume ``(I, J, K)`` under a map.

        Parameters
        ----------
        prepared : tensor
            See :meth:`prepared`.
        pull : (3, 4) float32 tensor
            Output voxel index to input voxel index.
        """
        return self._posed(prepared, pull)

    def deformed(self, prepared: Tensor, pull: Tensor, displacement: Tensor) -> Tensor:
        """Return the volume under a map with a displacement ``(3, I, J, K)`` in voxels added."""
        return self._deformed(prepared, pull, displacement)


def along_axes(volume: Tensor, matrices: list[Tensor]) -> Tensor:
    """Return ``(..., I', J', K')``: matrices ``(n', n)`` applied along the last three axes."""
    first, second, third = matrices
    volume = second @ (volume @ third.T)
    flat = volume.flatten(-2)
    return (first @ flat).unflatten(-1, volume.shape[-2:])


@cache
def spline_filter(length: int, device: torch.device) -> Tensor:
    """Return the matrix ``(n, n)`` from values to cubic B-spline coefficients, mirrored ends."""
    values = torch.eye(length, dtype=torch.float64) * 4 / 6
    inner = torch.arange(length - 1)
    values[inner, inner + 1] += 1 / 6
    values[inner + 1, inner] += 1 / 6
    values[0, 1] += 1 / 6
    values[-1, -2] += 1 / 6
    return torch.linalg.inv(values).to(device, torch.float32)


def cubic_weights(t: Any) -> tuple[Any, Any, Any, Any]:
    """Return the four values of the cubic B-spline at offset ``t`` in [0, 1)."""
    s = 1.0 - t
    return (
        s * s * s / 6,
        2 / 3 - t * t * (1.0 - t / 2),
        2 / 3 - s * s * (1.0 - s / 2),
        t * t * t / 6,
    )


def grid_indices(shape: tuple[int, ...], device: torch.device) -> list[Tensor]:
    """Return the three voxel indices as float32 tensors that broadcast to a shape."""
    return [
        torch.arange(n, dtype=torch.float32, device=device).view(
            [-1 if other == axis else 1 for other in range(3)]
        )
        for axis, n in enumerate(shape)
    ]


def _posed(prepared: Tensor, pull: Tensor, *, cubic: bool) -> Tensor:
    return _interpolated(prepared, _positions(_shape(prepared, cubic), pull), cubic)


def _deformed(prepared: Tensor, pull: Tensor, displacement: Tensor, *, cubic: bool) -> Tensor:
    straight = _positions(_shape(prepared, cubic), pull)
    bent = [position + displacement[axis] for axis, position in enumerate(straight)]
    return _interpolated(prepared, bent, cubic)


def _shape(prepared: Tensor, cubic: bool) -> tuple[int, ...]:
    margin = sum(_REACH["cubic" if cubic else "linear"])
    return tuple(n - margin for n in prepared.shape)


def _positions(shape: tuple[int, ...], pull: Tensor) -> list[Tensor]:
    i, j, k = grid_indices(shape, pull.device)
    return [row[0] * i + row[1] * j + row[2] * k + row[3] for row in pull]


def _interpolated(prepared: Tensor, positions: list[Tensor], cubic: bool) -> Tensor:
    """Sum the weighted neighbours of every position."""
    shape = _shape(prepared, cubic)
    folded = [_folded(position, n) for position, n in zip(positions, shape, strict=True)]
    below = [position.floor() for position in folded]
    fractions = [position - low for position, low in zip(folded, below, strict=True)]
    a, b, c = (low.to(torch.int32) for low in below)
    corner = (a * prepared.shape[1] + b) * prepared.shape[2] + c
    u, v, w = (cubic_weights(t) if cubic else (1.0 - t, t) for t in fractions)
    values = prepared.reshape(-1)

    def at(i: int, j: int, k: int) -> Tensor:
        offset = (i * prepared.shape[1] + j) * prepared.shape[2] + k
        neighbour: Tensor = _at(values, [corner + offset])
        return neighbour

    # Nested sums need a weight for each line and each plane instead of one for each neighbour.
    taps = range(len(u))
    lines = {(i, j): _sum(w[k] * at(i, j, k) for k in taps) for i, j in product(taps, taps)}
    return _sum(u[i] * _sum(v[j] * lines[i, j] for j in taps) for i in taps)


def _folded(position: Tensor, length: int) -> Tensor:
    """Fold positions into [0, length - 1] by reflection about the first and last sample."""
    last = length - 1
    return last - (torch.remainder(position, 2 * last) - last).abs()


def _sum(parts: Any) -> Tensor:
    first, *others = parts
    for part in others:
        first = first + part
    total: Tensor = first
    return total
