"""A scan on a model's grid: one box, one interpolation, one intensity scale, no registration.

- The box is aligned with the world (array axes right, anterior, superior) and centred on the
  brain's centre of :mod:`.head`, so that face, neck and padding do not move it.
- Where the scan's own lattice is the target's but for permutation, flips and a shift, the voxels
  are copied: the box is moved by less than half a voxel on to that lattice, and nothing is
  interpolated. An axis that matches on its own is treated alike.
- Otherwise one cubic B-spline interpolation. Motion shows in the fine detail, which a linear
  kernel would blur. Along axes that are finer than the target, a windowed-sinc low-pass comes
  first, so that detail beyond the target's resolution does not fold back.
- Intensities: outside the scan is 0, 0 stays 0 (a scan with a negative background is raised by
  its first percentile), and the 99th percentile of the head within ``CORE_RADIUS_MM`` of the
  brain's centre becomes 1. That ball holds brain whether or not scalp fat surrounds it, so whole
  heads and extracted brains get the same scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..anatomy import nearest_axes
from ..errors import InputError
from ..resampling.on_grid import LATTICE_TOLERANCE, axis_order, runs_along_axes, spline_on_grid
from .head import Head, background_floor, find_head
from .scan import Scan

Array = NDArray[np.float64]
Volume = NDArray[np.float32]

CORE_RADIUS_MM = 55.0
CEILING = 1.5

_FINER = 0.95
_FAINT = 1e-3
_LOBES = 3
_MARGIN = 12


@dataclass(frozen=True)
class Conformed:
    """A scan on a model's grid.

    Parameters
    ----------
    data : ndarray of float32, shape of the grid
        Intensities in [0, 1.5]; axes right, anterior, superior.
    affine : ndarray, shape (4, 4)
        Grid indices to RAS mm, axes of the world.
    scale : float
        Intensity of the scan that became 1 (above its background floor, if that is negative).
    head : Head
        The anchors that placed the box.
    """

    data: Volume
    affine: Array
    scale: float
    head: Head


def conform(
    scan: Scan, grid: Sequence[int] = (160, 192, 160), spacing_mm: float = 1.0
) -> Conformed:
    """Bring a scan to a model's grid.

    Parameters
    ----------
    scan : Scan
        A T1-weighted head, whole or brain-extracted.
    grid : sequence of 3 ints
        Voxels along right, anterior and superior.
    spacing_mm : float
        Voxel size of the grid, the same along all axes.

    Returns
    -------
    Conformed
        The same for the same scan on every run.

    Raises
    ------
    InputError
        ``no-signal`` if the box holds no signal.
    """
    head = find_head(scan.data, scan.affine)
    affine = _place_box(head.brain_center_mm, scan.affine, grid, spacing_mm)
    floor = min(background_floor(scan.data), 0.0)
    data = _resample(scan, affine, grid, floor)
    np.maximum(data, 0.0, out=data)
    scale = _core_percentile(data, affine, head.brain_center_mm)
    if scale <= _FAINT * (float(scan.data.max()) - floor):
        raise InputError(
            "no-signal",
            f"{scan.source}: no signal where the head should be; check that it is a head scan "
            "and that its orientation is right.",
        )
    data *= np.float32(1.0 / scale)
    np.minimum(data, CEILING, out=data)
    return Conformed(data, affine, scale, head)


def _place_box(center: Array, affine: Array, grid: Sequence[int], spacing: float) -> Array:
    """Affine of the box around a centre, moved on to the scan's lattice where axes agree."""
    box = np.diag([spacing, spacing, spacing, 1.0])
    box[:3, 3] = center - spacing * (np.asarray(grid) - 1) / 2
    corner = np.linalg.inv(affine) @ box[:, 3]
    if runs_along_axes(np.linalg.inv(affine) @ box, max(grid)):
        corner[:3] = np.round(corner[:3])
        box[:3, 3] = (affine @ corner)[:3]
    return box


def _resample(scan: Scan, affine: Array, grid: Sequence[int], floor: float) -> Volume:
    """The scan on the box, raised by its floor; copied where the lattices agree."""
    pull = np.linalg.inv(scan.affine) @ affine
    whole = np.round(pull).astype(int)
    drift = np.abs(pull - whole)[:3] @ [*grid, 1.0]
    if drift.max() < LATTICE_TOLERANCE and np.abs(whole[:3, :3]).max() == 1:
        return _copy_voxels(scan, whole, grid, floor)
    return _interpolate(scan, affine, grid, floor)


def _copy_voxels(scan: Scan, pull: NDArray[np.intp], grid: Sequence[int], floor: float) -> Volume:
    """Take voxels over one by one; `pull` is a signed permutation and a whole shift."""
    order = axis_order(pull)
    turned = np.transpose(scan.data, order)
    data = np.zeros(tuple(grid), dtype=np.float32)
    source, target = [], []
    for axis, old in enumerate(order):
        index = pull[old, 3] + pull[old, axis] * np.arange(grid[axis])
        inside = np.nonzero((index >= 0) & (index < turned.shape[axis]))[0]
        source.append(index[inside])
        target.append(inside)
    data[np.ix_(*target)] = turned[np.ix_(*source)].astype(np.float32) - np.float32(floor)
    return data


def _interpolate(scan: Scan, affine: Array, grid: Sequence[int], floor: float) -> Volume:
    """Low-pass where the scan is finer, then one cubic B-spline interpolation."""
    part, part_affine = _crop_to_box(scan, affine, grid)
    part, part_affine = _in_grid_order(part, part_affine)
    data = part.astype(np.float32, order="C")
    if floor < 0:
        data -= np.float32(floor)
    for axis, spacing in enumerate(np.linalg.norm(part_affine[:3, :3], axis=0)):
        if spacing < _FINER * affine[0, 0]:
            kernel = _low_pass(spacing / affine[0, 0])
            ndimage.correlate1d(data, kernel, axis=axis, output=data, mode="nearest")
    ndimage.spline_filter(data, order=3, output=data, mode="mirror")
    i, j, k = grid
    return spline_on_grid(data, np.linalg.inv(part_affine) @ affine, (i, j, k))


def _in_grid_order(part: NDArray[np.generic], affine: Array) -> tuple[NDArray[np.generic], Array]:
    """A view with its axes in the order of the grid's, in which kernels read it soonest."""
    order = np.argsort(nearest_axes(affine)[0])
    turned = affine.copy()
    turned[:3, :3] = affine[:3, order]
    return part.transpose(order), turned


def _crop_to_box(
    scan: Scan, affine: Array, grid: Sequence[int]
) -> tuple[NDArray[np.generic], Array]:
    """The part of the scan that the box needs, with a margin for the kernels."""
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in grid])).reshape(3, -1)
    pull = np.linalg.inv(scan.affine) @ affine
    index = pull[:3, :3] @ corners + pull[:3, 3:]
    last = np.array(scan.shape) - 1
    low = np.clip(np.floor(index.min(axis=1)) - _MARGIN, 0, last).astype(int)
    high = np.clip(np.ceil(index.max(axis=1)) + _MARGIN, low, last).astype(int)
    part = scan.data[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))]
    part_affine = scan.affine.copy()
    part_affine[:3, 3] += scan.affine[:3, :3] @ low
    return part, part_affine


def _low_pass(ratio: float) -> Array:
    """Lanczos-windowed sinc that keeps a share `ratio` of the source's band; sums to 1."""
    reach = int(np.ceil(_LOBES / ratio))
    offset = np.arange(-reach, reach + 1) * ratio
    kernel = np.sinc(offset) * np.sinc(offset / _LOBES) * (np.abs(offset) < _LOBES)
    return np.asarray(kernel / kernel.sum())


def _core_percentile(data: Volume, affine: Array, center: Array) -> float:
    """99th percentile, above zero, of the voxels around the brain's centre; every second one."""
    every = data[::2, ::2, ::2]
    offset = affine[:3, 3] - center
    x, y, z = np.ix_(
        *[offset[a] + 2 * affine[a, a] * np.arange(n) for a, n in enumerate(every.shape)]
    )
    core = every[(x * x + y * y + z * z <= CORE_RADIUS_MM**2) & (every > 0)]
    return float(np.percentile(core, 99.0)) if core.size else 0.0
