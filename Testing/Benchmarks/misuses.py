"""Volumes that nobody should score, made on purpose: each from a seed, and most from a good scan.

What is made keeps the grid of the scan it is made from, unless the grid is the misuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.scan import Scan, find_head

Volume = NDArray[np.float32]
Mask = NDArray[np.bool_]
Misuse = Callable[[Scan, Generator], Scan]
"""Makes a misused volume of a good scan."""

INSERTS = 6


def with_data(scan: Scan, data: NDArray[Any]) -> Scan:
    """The scan with other voxels, stored as 12-bit integers where they are not integers yet."""
    if data.dtype.kind == "f":
        top = float(np.percentile(data, 99.9)) or 1.0
        data = np.clip(data * (2000.0 / top), 0, 4095).round().astype(np.int16)
    return replace(scan, data=data)


def head_mask(scan: Scan) -> Mask:
    """The head, filled, on the scan's own voxels."""
    head = find_head(scan.data, scan.affine)
    pull = np.linalg.inv(head.mask_affine) @ scan.affine
    shown = ndimage.affine_transform(
        head.mask.astype(np.float32), pull[:3, :3], pull[:3, 3], output_shape=scan.shape, order=1
    )
    return shown > 0.5


def brightness(scan: Scan) -> float:
    """Intensity of the brightest tissue of a head."""
    return float(np.percentile(scan.data[::2, ::2, ::2].astype(np.float32), 99.0))


def noise_everywhere(scan: Scan, rng: Generator) -> Scan:
    """Noise that fills the view, white or smooth."""
    noise = random_field(scan.shape, rng)
    return with_data(scan, np.abs(noise) if rng.random() < 0.3 else noise - noise.min())


def noise_in_head(scan: Scan, rng: Generator) -> Scan:
    """Noise, white or smooth, in the shape of a head."""
    noise = random_field(scan.shape, rng) * rng.uniform(0.1, 0.5) + 1.0
    return with_data(scan, np.where(head_mask(scan), np.clip(noise, 0, None), 0))


def noise_around_head(scan: Scan, rng: Generator) -> Scan:
    """Noise around the empty shape of a head."""
    noise = np.abs(random_field(scan.shape, rng))
    return with_data(scan, np.where(head_mask(scan), 0, noise))


def random_field(shape: tuple[int, ...], rng: Generator) -> Volume:
    """Gaussian noise of mean 0 and deviation 1; half of the time smoothed by 0.5 to 4 voxels."""
    noise = rng.standard_normal(shape, np.float32)
    if rng.random() < 0.5:
        noise = ndimage.gaussian_filter(noise, rng.uniform(0.5, 4.0))
    return np.asarray(noise / noise.std(), dtype=np.float32)


def inverted(scan: Scan, rng: Generator) -> Scan:
    """The grey scale turned round, in the head alone or in the whole view."""
    turned = np.clip(brightness(scan) - scan.data.astype(np.float32), 0, None)
    return with_data(scan, turned if rng.random() < 0.3 else turned * head_mask(scan))


def phantom(scan: Scan, rng: Generator) -> Scan:
    """A ball, a cylinder or a box, plain or with inserts, with a little noise and blur."""
    place = coordinates(scan)
    size = rng.uniform(60, 100, 3)
    image = _solid(place, size, str(rng.choice(["ball", "cylinder", "box"]))).astype(np.float32)
    for _ in range(int(rng.integers(0, INSERTS))):
        kind = str(rng.choice(["ball", "cylinder", "box"]))
        inside = _solid(
            [axis - rng.uniform(-0.5, 0.5) * size[0] for axis in place],
            rng.uniform(3, 25, 3),
            kind,
        )
        image[inside & (image > 0)] = rng.uniform(0, 1.5)
    return with_data(scan, _acquired(image, scan, rng))


def ellipsoids(scan: Scan, rng: Generator) -> Scan:
    """A body part of ellipsoids: skin, fat, muscle, bones with marrow, organs, vessels."""
    place = coordinates(scan)
    size = rng.uniform([55, 50, 80], [95, 110, 130])
    image = np.zeros(scan.shape, np.float32)
    for shrink, value in ((1.0, 0.5), (0.97, rng.uniform(0.9, 1.4)), (0.8, rng.uniform(0.3, 0.7))):
        image[_solid(place, size * shrink, "ball")] = value
    inside = _solid(place, size * 0.75, "ball")
    for _ in range(int(rng.integers(6, 30))):
        middle = rng.uniform(-0.6, 0.6, 3) * size
        organ = _solid(
            [axis - m for axis, m in zip(place, middle, strict=True)],
            rng.uniform(4, 30, 3),
            "ball",
        )
        image[organ & inside] = rng.uniform(0.05, 1.3)
    return with_data(scan, _acquired(image, scan, rng))


def coordinates(scan: Scan) -> list[Volume]:
    """Millimetres from the middle of the view along the scan's axes, broadcasting."""
    axes = np.ogrid[tuple(map(slice, scan.shape))]
    return [
        ((axis - (n - 1) / 2) * mm).astype(np.float32)
        for axis, n, mm in zip(axes, scan.shape, scan.spacing, strict=True)
    ]


def _solid(place: list[Volume], size: NDArray[np.float64], kind: str) -> Mask:
    """Where a solid of half-axes `size` is."""
    x, y, z = (np.abs(axis / np.float32(half)) for axis, half in zip(place, size, strict=True))
    if kind == "ball":
        return np.asarray(x * x + y * y + z * z <= 1)
    if kind == "cylinder":
        return np.asarray((x * x + y * y <= 1) & (z <= 1))
    return np.asarray((x <= 1) & (y <= 1) & (z <= 1))


def _acquired(image: Volume, scan: Scan, rng: Generator) -> Volume:
    """Partial volume at the edges, and Rician noise as of a scanner."""
    blurred = ndimage.gaussian_filter(image, rng.uniform(0.4, 0.8))
    real, imaginary = rng.standard_normal((2, *scan.shape), np.float32) * rng.uniform(0.005, 0.04)
    return np.hypot(blurred + real, imaginary)


def thick_slices(scan: Scan, rng: Generator) -> Scan:
    """Slices of 3 to 6 mm, stored as such."""
    thick, axis, step = _thickened(scan, rng)
    affine = scan.affine.copy()
    affine[:3, 3] += affine[:3, axis] * (step - 1) / 2
    affine[:3, axis] *= step
    return replace(with_data(scan, thick), affine=affine)


def thick_slices_interpolated(scan: Scan, rng: Generator) -> Scan:
    """Slices of 3 to 6 mm, interpolated to the voxels that the scan had: nothing in its header."""
    thick, axis, step = _thickened(scan, rng)
    index = (np.arange(scan.shape[axis]) - (step - 1) / 2) / step
    order = int(rng.choice([0, 1, 3]))
    if order == 3:
        thick = ndimage.spline_filter1d(thick, 3, axis=axis, output=np.float32, mode="nearest")
    matrix, offset = np.ones(3), np.zeros(3)
    matrix[axis], offset[axis] = 1 / step, index[0]
    fine = ndimage.affine_transform(
        thick,
        matrix,
        offset,
        output_shape=scan.shape,
        order=order,
        prefilter=False,
        mode="nearest",
    )
    return with_data(scan, np.clip(fine, 0, None))


def _thickened(scan: Scan, rng: Generator) -> tuple[Volume, int, int]:
    """Slices averaged over 3 to 6 mm, the axis across them, and how many went into each."""
    axis = int(rng.integers(3))
    step = max(2, int(np.ceil(rng.uniform(3.0, 6.0) / scan.spacing[axis] - 0.1)))
    along = np.moveaxis(scan.data.astype(np.float32), axis, 0)
    count = len(along) // step
    mean = along[: count * step].reshape(count, step, *along.shape[1:]).mean(axis=1)
    return np.moveaxis(mean, 0, axis), axis, step


def part_of_head(scan: Scan, rng: Generator) -> Scan:
    """Half a head or a quarter, the rest cut off or set to 0."""
    head = find_head(scan.data, scan.affine)
    middle = np.linalg.inv(scan.affine) @ np.append(head.brain_center_mm, 1.0)
    axes = rng.permutation(3)[: int(rng.integers(1, 3))]
    kept = [slice(None)] * 3
    for axis in axes:
        cut = round(float(middle[axis]))
        kept[axis] = slice(cut, None) if rng.random() < 0.5 else slice(None, cut)
    part = tuple(kept)
    if rng.random() < 0.5:
        emptied = np.zeros_like(scan.data)
        emptied[part] = scan.data[part]
        return replace(scan, data=emptied)
    affine = scan.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ [piece.start or 0 for piece in kept]
    return replace(scan, data=scan.data[part], affine=affine)


def binary(scan: Scan, rng: Generator) -> Scan:
    """A mask: the head, or what is brighter than a threshold."""
    bright = scan.data.astype(np.float32) > rng.uniform(0.2, 0.7) * brightness(scan)
    mask = head_mask(scan) if rng.random() < 0.5 else bright
    return replace(scan, data=mask.astype(np.uint8))


def classes(scan: Scan, rng: Generator) -> Scan:
    """A segmentation by intensity, into 3 to 8 classes of random order."""
    smooth = ndimage.gaussian_filter(scan.data.astype(np.float32), 0.7)
    count = int(rng.integers(3, 9))
    edges = brightness(scan) * np.linspace(0.15, 0.95, count)
    names = np.append(0, 1 + rng.permutation(count)).astype(np.uint8)
    return replace(scan, data=names[np.digitize(smooth, edges)])


def emptied(scan: Scan, rng: Generator) -> Scan:
    """Nothing, one value, a slope, or one bright voxel."""
    value = int(rng.integers(1, 1000))
    data = np.zeros(scan.shape, np.int16)
    kind = int(rng.integers(4))
    if kind == 1:
        data += value
    if kind == 2:
        data += np.arange(scan.shape[0], dtype=np.int16)[:, None, None]
    if kind == 3:
        data[tuple(n // 2 for n in scan.shape)] = value
    return replace(scan, data=data)


MADE: dict[str, Misuse] = {
    "noise filling the view": noise_everywhere,
    "noise in the shape of a head": noise_in_head,
    "noise around an empty head": noise_around_head,
    "geometric phantom": phantom,
    "body part of ellipsoids": ellipsoids,
    "inverted contrast": inverted,
    "thick slices": thick_slices,
    "thick slices, interpolated": thick_slices_interpolated,
    "half or quarter head": part_of_head,
    "mask": binary,
    "segmentation by intensity": classes,
    "empty or constant": emptied,
}
"""Misuses that are made of a good scan, by the kind that a table shows."""
