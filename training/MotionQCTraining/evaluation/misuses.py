"""Volumes that nobody should score, to see whether they are flagged.

They are made of synthesised heads and of good scans, by other recipes than those that thresholds of
warnings were chosen with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.scan import Scan
from MotionQCTraining.data.label_heads import HeadDraws, synthesise_head
from MotionQCTraining.evaluation.guises import as_stored
from MotionQCTraining.evaluation.protocol import Misuse

_SLICES_MM = (3.0, 4.0, 5.0)
_SHAPES = ("ball", "cylinder", "box")
_SMOOTH_VOXELS = (0.0, 1.0, 3.0)


@dataclass(frozen=True, eq=False)
class Good:
    """What misuses are made of.

    Parameters
    ----------
    scan : Scan
        A good scan of a whole head.
    brain : (I, J, K) bool array
        Its brain.
    labels : Scan
        A label map of a head.
    """

    scan: Scan
    brain: NDArray[np.bool_]
    labels: Scan


def instances(misuse: Misuse, each: int) -> int:
    """Return how many instances of a misuse there are to make: of a template there is but one."""
    return 1 if misuse == "template" else each


def misused(misuse: Misuse, number: int, good: Good, rng: Generator) -> Scan | None:
    """Return instance ``number`` of a misuse; None where what it is made of is not installed."""
    if misuse == "template":
        return _template()
    return MISUSES[misuse](number, good, rng)


def _noise(number: int, good: Good, rng: Generator) -> Scan:
    real, imaginary = rng.standard_normal((2, *good.scan.shape), np.float32)
    grain = ndimage.gaussian_filter(
        np.hypot(real, imaginary), _SMOOTH_VOXELS[number % len(_SMOOTH_VOXELS)]
    )
    return _stored(good.scan, grain)


def _noise_in_head(number: int, good: Good, rng: Generator) -> Scan:
    grain = _noise(number, good, rng).data
    return _stored(good.scan, np.where(_head(good.scan), grain, 0))


def _phantom(number: int, good: Good, rng: Generator) -> Scan:
    scan = good.scan
    x, y, z = (
        (axis - (n - 1) / 2) * mm / 85.0
        for axis, n, mm in zip(
            np.ogrid[tuple(map(slice, scan.shape))], scan.shape, scan.spacing, strict=True
        )
    )
    shape = _SHAPES[number % len(_SHAPES)]
    if shape == "ball":
        inside = x * x + y * y + z * z < 1
    elif shape == "cylinder":
        inside = (x * x + y * y < 0.8) & (np.abs(z) < 1)
    else:
        inside = (np.abs(x) < 0.8) & (np.abs(y) < 0.8) & (np.abs(z) < 0.8)
    rods = (np.abs(np.sin(6 * x)) > 0.9) & (np.abs(np.sin(6 * y)) > 0.9)
    image = np.where(inside & ~rods, 1.0, 0.0) + 0.02 * rng.standard_normal(scan.shape)
    return _stored(scan, ndimage.gaussian_filter(np.abs(image).astype(np.float32), 0.5))


def _inverted(number: int, good: Good, rng: Generator) -> Scan:
    data = good.scan.data.astype(np.float32)
    bright = float(np.percentile(data[good.brain], 99.5)) * (1 + 0.1 * number)
    return _stored(good.scan, np.where(_head(good.scan), np.clip(bright - data, 0, None), 0))


def _t2_like(number: int, good: Good, rng: Generator) -> Scan:
    head = synthesise_head(good.labels, HeadDraws(contrast="t2", faces=1.0), rng)
    return as_stored(Scan(head.image, head.affine, "T2-like head", "synthesised"))


def _thick(number: int, good: Good, rng: Generator) -> Scan:
    scan = good.scan
    axis = int(rng.integers(3))
    step = max(2, round(_SLICES_MM[number % len(_SLICES_MM)] / float(scan.spacing[axis])))
    along = np.moveaxis(scan.data.astype(np.float32), axis, 0)
    count = len(along) // step
    mean = along[: count * step].reshape(count, step, *along.shape[1:]).mean(axis=1)
    affine = scan.affine.copy()
    affine[:3, 3] += affine[:3, axis] * (step - 1) / 2
    affine[:3, axis] *= step
    return replace(as_stored(replace(scan, data=np.moveaxis(mean, 0, axis))), affine=affine)


def _part(number: int, good: Good, rng: Generator, cuts: int) -> Scan:
    """Cut the view through the brain's middle along some axes."""
    scan = good.scan
    middle = np.argwhere(good.brain).mean(axis=0)
    kept = [slice(None)] * 3
    for axis in rng.permutation(3)[:cuts]:
        here = round(float(middle[axis]))
        kept[axis] = slice(here, None) if rng.random() < 0.5 else slice(0, here)
    affine = scan.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ [part.start or 0 for part in kept]
    return replace(scan, data=scan.data[tuple(kept)], affine=affine)


def _mask(number: int, good: Good, rng: Generator) -> Scan:
    shape = good.brain if number % 2 == 0 else _head(good.scan)
    value = (1, 255, 1000)[number % 3]
    return replace(good.scan, data=shape.astype(np.int16) * np.int16(value))


def _labels(number: int, good: Good, rng: Generator) -> Scan:
    return good.labels


def _template() -> Scan | None:
    try:
        from nilearn.datasets import load_mni152_template
    except ModuleNotFoundError:
        return None
    image = load_mni152_template(resolution=1)
    data = np.asarray(image.dataobj, np.float32)
    return Scan(data, np.asarray(image.affine, float), "MNI152 template", "nifti")


def _head(scan: Scan) -> NDArray[np.bool_]:
    """The head's outline by brightness, holes filled."""
    smooth = ndimage.gaussian_filter(scan.data.astype(np.float32), 1.5)
    bright = smooth > 0.15 * float(np.percentile(smooth, 98.0))
    parts, count = ndimage.label(bright)
    largest = parts == 1 + int(np.argmax(np.bincount(parts.ravel(), minlength=count + 1)[1:]))
    return np.asarray(ndimage.binary_fill_holes(largest))


def _stored(scan: Scan, data: NDArray[np.generic]) -> Scan:
    return as_stored(replace(scan, data=np.asarray(data, np.float32)))


MISUSES: Mapping[Misuse, Callable[[int, Good, Generator], Scan]] = {
    "noise": _noise,
    "noise in a head": _noise_in_head,
    "phantom": _phantom,
    "inverted contrast": _inverted,
    "T2-like contrast": _t2_like,
    "thick slices": _thick,
    "quarter head": lambda number, good, rng: _part(number, good, rng, 2),
    "half head": lambda number, good, rng: _part(number, good, rng, 1),
    "binary mask": _mask,
    "label map": _labels,
}
"""Misuses by the name that a protocol gives them; the template is no one's scan."""
