"""What tells a T1-weighted brain from anything else: a few numbers, each with a plain meaning.

Most are taken from the ball of ``BALL_MM`` about the brain's centre, which holds brain in
whole heads and extracted brains alike. There, brightness is divided by its mean over the
surroundings (Gaussian of ``SURROUNDINGS_MM``), so that a bias field does not count, and is looked
at in cells of about 2 mm, so that neither noise nor voxel size does. Motion changes none of them
much: it moves and rings, but fluid stays dark and the two halves of a brain stay alike.

They know nothing of contrast agent or pathology, which were not tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .conform import Conformed
from .head import Head
from .scan import Scan

Array = NDArray[np.float64]
Volume = NDArray[np.float32]

BALL_MM = 45.0
WHOLE_MM = 55.0
INNER_MM = 40.0
SURROUNDINGS_MM = 20.0
RIM_MM, DEEP_MM = 4.0, 6.0
FINEST_MM = 1.25

_CELL_MM = 2.0
_REACH_MM = 48.0
_SMOOTH_MM = 3.0
_TISSUE = 0.05
_BRIGHTEST = 2.5
_FLUID = 0.6
_LEAST_DEEP = 50
_SHIFTS_MM = 8.0
_BELOW_CENTER_MM = 5.0
_NEIGHBOURHOOD_MM = 50.0
_BACKGROUND = 0.02
_SAME = 5e-5


@dataclass(frozen=True)
class Measures:
    """What was measured in a scan.

    Parameters
    ----------
    flatness : float
        Share of neighbouring voxels, along the axis where it is largest, that hold the same value.
        About 0.1 at most in scans, 0.6 or more in masks and segmentations.
    contrast : float
        Standard deviation of brightness over its mean; small where there is nothing to see.
    hollow : float
        Share of the ball of ``INNER_MM`` that is black. Fluid is not, even in large ventricles.
    coherence : float
        Share of the brightness' variance that a smoothing by 3 mm leaves: near 0 in noise, near 1
        where large even areas lie side by side; folded brains lie between.
    symmetry : float
        Correlation of the smoothed brightness with its mirror image, left to right.
    skewness : float
        Skewness of brightness. Negative in a T1-weighted brain: most of it is bright, and fluid is
        much darker than the rest. Positive where fluid is bright or white matter dark.
    rim : float
        Brightness of the tissue within ``RIM_MM`` of fluid, which is mostly grey matter, over that
        of tissue deeper than ``DEEP_MM``, mostly white. 0.7 to 0.8 in a T1-weighted brain, 1 where
        grey matter is as bright as white. 0 where there is no deep tissue.
    grain : tuple of 3 floats, or None
        Median second difference of neighbouring voxels along right, anterior and superior, over
        the median brightness: fine detail and noise. None on grids coarser than ``FINEST_MM``.
    clipped : float
        Share of the voxels about the brain's centre that hold the highest value of the scan.
    width_mm, length_mm : float
        Size of the head above the brain's centre, left to right and back to front.
    missing : float
        Share of a ball of ``WHOLE_MM`` about the brain's centre that lies outside the head.
    """

    flatness: float
    contrast: float
    hollow: float
    coherence: float
    symmetry: float
    skewness: float
    rim: float
    grain: tuple[float, float, float] | None
    clipped: float
    width_mm: float
    length_mm: float
    missing: float


def measure(scan: Scan, conformed: Conformed) -> Measures:
    """Measure a scan.

    Parameters
    ----------
    scan : Scan
        The scan as read.
    conformed : Conformed
        The same scan on a model's grid.
    """
    spacing = float(conformed.affine[0, 0])
    cube = _cube(conformed, spacing)
    cells, size = _cells(cube, spacing)
    radius = _radii(cells.shape, size)
    even, tissue = _evened(cells, size)
    inside = even[(radius <= BALL_MM) & tissue]
    smooth = ndimage.gaussian_filter(even, _SMOOTH_MM / size)
    inner = radius <= INNER_MM
    head = conformed.head
    voxels = _neighbourhood(scan, head.brain_center_mm)
    width, length = _extent_mm(head)
    return Measures(
        flatness=_flatness(voxels),
        contrast=float(inside.std()) if inside.size else 0.0,
        hollow=float(np.mean(~tissue[inner])),
        coherence=_share(float(smooth[inner].var()), float(even[inner].var())),
        symmetry=_symmetry(smooth, inner, round(_SHIFTS_MM / size)),
        skewness=_skewness(inside),
        rim=_rim(even, radius <= BALL_MM, size),
        grain=_grain(cube) if spacing <= FINEST_MM else None,
        clipped=float(np.mean(voxels == np.float32(scan.data.max()))),
        width_mm=width,
        length_mm=length,
        missing=_missing(head),
    )


def _cube(conformed: Conformed, spacing: float) -> Volume:
    """The voxels around the brain's centre, with 0 where the grid does not reach."""
    reach = round(_REACH_MM / spacing)
    middle = (conformed.head.brain_center_mm - conformed.affine[:3, 3]) / spacing
    first = np.round(middle).astype(int) - reach
    cube = np.zeros((2 * reach,) * 3, dtype=np.float32)
    shape = np.array(conformed.data.shape)
    low, high = np.clip(first, 0, shape), np.clip(first + 2 * reach, 0, shape)
    source = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    target = tuple(slice(a, b) for a, b in zip(low - first, high - first, strict=True))
    cube[target] = conformed.data[source]
    return cube


def _cells(cube: Volume, spacing: float) -> tuple[Volume, float]:
    """Means over cells of about 2 mm, and their size, mm."""
    factor = max(1, round(_CELL_MM / spacing))
    count = cube.shape[0] // factor
    kept = cube[(slice(count * factor),) * 3]
    blocks = kept.reshape(count, factor, count, factor, count, factor)
    return blocks.mean(axis=(1, 3, 5), dtype=np.float32), factor * spacing


def _radii(shape: tuple[int, ...], size: float) -> Array:
    """Distance of every cell from the middle of the cube, mm."""
    x, y, z = np.ogrid[tuple(slice(-(n - 1) / 2, n / 2) for n in shape)]
    return np.asarray(size * np.sqrt(x * x + y * y + z * z))


def _evened(cells: Volume, size: float) -> tuple[Volume, NDArray[np.bool_]]:
    """Brightness over that of the surroundings, and where there is tissue."""
    tissue = cells > _TISSUE
    share = ndimage.gaussian_filter(tissue.astype(np.float32), SURROUNDINGS_MM / size)
    mean = ndimage.gaussian_filter(cells * tissue, SURROUNDINGS_MM / size)
    around = mean / np.maximum(share, 1e-3)
    even = np.divide(cells, around, out=np.ones_like(cells), where=around > 1e-3)
    return np.minimum(even, _BRIGHTEST), tissue


def _share(part: float, whole: float) -> float:
    """A part of a variance; 0 where nothing varies."""
    return part / whole if whole > 1e-9 else 0.0


def _skewness(values: NDArray[np.floating[Any]]) -> float:
    """Third standardised moment; 0 where nothing varies."""
    if values.size == 0 or values.std() < 1e-6:
        return 0.0
    return float((((values - values.mean()) / values.std()) ** 3).mean())


def _rim(even: Volume, inside: NDArray[np.bool_], size: float) -> float:
    """Brightness near fluid over that of the depth."""
    depth = ndimage.distance_transform_edt(even >= _FLUID) * size
    near = even[inside & (depth > 0) & (depth < RIM_MM + size / 10)]
    deep = even[inside & (depth >= DEEP_MM)]
    if near.size < _LEAST_DEEP or deep.size < _LEAST_DEEP:
        return 0.0
    return float(np.median(near) / np.median(deep))


def _symmetry(smooth: Volume, inner: NDArray[np.bool_], most: int) -> float:
    """Best correlation with the mirror image over small shifts of the midline."""
    kept = slice(most, len(smooth) - most)
    chosen = inner[kept]
    here = smooth[kept][chosen]
    mirrored = smooth[::-1]
    return max(
        _correlation(here, np.roll(mirrored, shift, axis=0)[kept][chosen])
        for shift in range(-most, most + 1)
    )


def _correlation(one: Volume, other: Volume) -> float:
    """Pearson's; 0 where nothing varies."""
    if one.std() < 1e-6 or other.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _grain(cube: Volume) -> tuple[float, float, float]:
    """Median second differences along each axis, over the median brightness of the middle."""
    margin = len(cube) // 12
    middle = cube[(slice(margin, -margin),) * 3]
    brightness = max(float(np.median(middle)), 1e-3)
    x, y, z = (
        float(np.median(np.abs(np.diff(middle, n=2, axis=axis)))) / brightness for axis in range(3)
    )
    return x, y, z


def _neighbourhood(scan: Scan, center: Array) -> Volume:
    """The scan's own voxels in a cube about the brain's centre."""
    middle = np.linalg.inv(scan.affine) @ np.append(center, 1.0)
    reach = _NEIGHBOURHOOD_MM / scan.spacing
    last = np.array(scan.shape) - 1
    low = np.clip(np.floor(middle[:3] - reach), 0, last).astype(int)
    high = np.clip(np.ceil(middle[:3] + reach), low, last).astype(int) + 1
    return scan.data[tuple(map(slice, low, high))].astype(np.float32)


def _flatness(voxels: Volume) -> float:
    """Largest share of equal neighbours, over the axes."""
    ceiling = float(np.percentile(voxels[::2, ::2, ::2], 99.0))
    return max(_equal_share(np.moveaxis(voxels, axis, 0), ceiling) for axis in range(3))


def _equal_share(along: Volume, ceiling: float) -> float:
    """Share of equal neighbours along the first axis where one of them is above background."""
    lit = along > _BACKGROUND * ceiling
    lit = lit[1:] | lit[:-1]
    if not lit.any():
        return 1.0
    same = np.abs(along[1:] - along[:-1]) <= _SAME * abs(ceiling)
    return float(np.count_nonzero(same & lit) / np.count_nonzero(lit))


def _extent_mm(head: Head) -> tuple[float, float]:
    """Width and length of the head's part above the brain's centre."""
    level = (head.brain_center_mm[2] - _BELOW_CENTER_MM - head.mask_affine[2, 3]) / (
        head.mask_affine[2, 2]
    )
    upper = head.mask[:, :, max(0, int(np.ceil(level))) :]
    width, length = (
        _span(np.asarray(upper.any(axis=others))) * float(head.mask_affine[axis, axis])
        for axis, others in ((0, (1, 2)), (1, (0, 2)))
    )
    return width, length


def _missing(head: Head) -> float:
    """Share of a ball about the brain's centre that lies outside the head's mask."""
    step = float(head.mask_affine[0, 0])
    axis = np.arange(-WHOLE_MM, WHOLE_MM + step / 2, step)
    ball = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    ball = ball[np.linalg.norm(ball, axis=1) <= WHOLE_MM] + head.brain_center_mm
    index = np.round((ball - head.mask_affine[:3, 3]) / step).astype(int)
    held = np.all((index >= 0) & (index < head.mask.shape), axis=1)
    return float(1.0 - head.mask[tuple(index[held].T)].sum() / len(ball))


def _span(occupied: NDArray[np.bool_]) -> int:
    """How many steps from the first place that is occupied to the last, both counted."""
    places = np.flatnonzero(occupied)
    return int(places[-1] - places[0] + 1) if places.size else 0
