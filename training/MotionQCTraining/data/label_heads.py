"""Heads synthesised from label maps: one anatomy in any contrast, with its face or without.

The labels are FreeSurfer's; those above 500 are of what surrounds the brain (skin, soft tissue,
bone, eyes, vessels), so that a head has a scalp and a neck as a patient's scan does. Every tissue
gets an intensity drawn from a range; skin, fat and muscle, which the labels do not tell apart
everywhere, are placed by depth under the surface, and mixed at random where they lie deep. Tissues
then get a texture, edges a partial volume, the volume a bias field and the faint noise of a good
scan.

Intensities are relative: in a T1-like head white matter is near 1, in a T2-like one fluid is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.errors import InputError
from MotionQCLib.scan import Scan
from MotionQCTraining.limits import NOT_NEGATIVE, SHARE, Limit, ascending, require

Contrast = Literal["t1", "t2"]
Volume = NDArray[np.float32]
Mask = NDArray[np.bool_]
Range = tuple[float, float]

LABELS: Mapping[str, tuple[int, ...]] = {
    "air": (0,),
    "white": (2, 7, 16, 41, 46, 85, 192, 250, 251, 252, 253, 254, 255, 512, 530),
    "grey": (3, 8, 11, 12, 17, 18, 19, 26, 27, 42, 47, 50, 51, 53, 54, 55, 58, 59, 80, 81, 82),
    "deep grey": (10, 13, 28, 49, 52, 60),
    "lesion": (25, 57, 77, 78, 79),
    "fluid": (4, 5, 14, 15, 24, 43, 44, 72, 506),
    "choroid plexus": (31, 63, 136, 137, 163, 164),
    "artery": (502,),
    "vein": (30, 62, 514),
    "cortical bone": (515,),
    "marrow": (516,),
    "mucosa": (509,),
    "muscle": (508,),
    "soft tissue": (507,),
    "scalp": (511,),
}
"""Labels of every tissue. Soft tissue is fat and muscle, and the scalp is skin and fat."""

INTENSITIES: Mapping[Contrast, Mapping[str, Range]] = {
    "t1": {
        "air": (0.0, 0.0),
        "white": (0.95, 1.0),
        "grey": (0.58, 0.76),
        "deep grey": (0.72, 0.9),
        "lesion": (0.5, 0.85),
        "fluid": (0.14, 0.3),
        "choroid plexus": (0.35, 0.6),
        "artery": (0.2, 1.2),
        "vein": (0.3, 0.65),
        "cortical bone": (0.04, 0.14),
        "marrow": (0.6, 1.15),
        "mucosa": (0.5, 0.85),
        "muscle": (0.42, 0.6),
        "fat": (1.0, 1.5),
        "skin": (0.45, 0.75),
    },
    "t2": {
        "air": (0.0, 0.0),
        "white": (0.3, 0.4),
        "grey": (0.45, 0.6),
        "deep grey": (0.3, 0.45),
        "lesion": (0.6, 0.9),
        "fluid": (0.9, 1.0),
        "choroid plexus": (0.6, 0.9),
        "artery": (0.03, 0.1),
        "vein": (0.1, 0.5),
        "cortical bone": (0.03, 0.1),
        "marrow": (0.3, 0.6),
        "mucosa": (0.6, 0.95),
        "muscle": (0.15, 0.28),
        "fat": (0.45, 0.8),
        "skin": (0.25, 0.45),
    },
}
"""Ranges of every tissue's intensity, in proportion to the brightest of the brain."""

_TISSUES = tuple(INTENSITIES["t1"])
_CEREBELLUM_AND_STEM = (7, 8, 16, 46, 47)
_EYES = 506
_BRAIN_BELOW = 500
_OUTER_FLUID = 24
# Of a head smoothed by 4 mm: what is reached 2 mm, and 7 mm, under a flat surface.
_DEPTH_MM = 4.0
_SKIN, _FAT = 0.68, 0.96
# Deep fat is farther from the coils of the head than fat under the skin.
_DEEP_FAT = 0.75
_SULCUS_MM = 3
_SPARED_MM = 8


@dataclass(frozen=True)
class HeadDraws:
    """Ranges of what is drawn for a head.

    Parameters
    ----------
    contrast : {"t1", "t2"}
        The order of the tissues' intensities.
    faces : float
        Share of heads that keep their face.
    neck_mm : tuple
        Range of what the field of view holds below the cerebellum, as far as the labels go, mm.
    margin_mm : tuple
        Range of the air around the head at the other five sides, mm.
    texture : tuple
        Range of the standard deviation of a tissue's texture, in proportion to its intensity.
    fat : tuple
        Range of the share of fat in deep soft tissue.
    edge_mm : tuple
        Range of the standard deviation of the blur that gives edges their partial volume, mm.
    bias : float
        Largest logarithm of the bias field at the volume's corners.
    noise : tuple
        Range of the standard deviation of Rician noise.
    """

    contrast: Contrast = "t1"
    faces: float = 0.5
    neck_mm: Range = (5.0, 90.0)
    margin_mm: Range = (4.0, 20.0)
    texture: Range = (0.02, 0.05)
    fat: Range = (0.2, 0.5)
    edge_mm: Range = (0.45, 0.75)
    bias: float = 0.25
    noise: Range = (0.002, 0.015)

    def __post_init__(self) -> None:
        require(
            self,
            {
                "contrast": Limit(lambda name: name in INTENSITIES, "t1 or t2"),
                "faces": SHARE,
                "neck_mm": ascending(NOT_NEGATIVE),
                "margin_mm": ascending(NOT_NEGATIVE),
                "texture": ascending(NOT_NEGATIVE),
                "fat": ascending(SHARE),
                "edge_mm": ascending(NOT_NEGATIVE),
                "bias": NOT_NEGATIVE,
                "noise": ascending(NOT_NEGATIVE),
            },
        )


@dataclass(frozen=True)
class LabelHead:
    """A synthesised head.

    Parameters
    ----------
    image : (I, J, K) float32 array
        Relative intensities; array axes right, anterior, superior.
    brain : (I, J, K) bool array
        The brain with the fluid of its ventricles and sulci.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    face : bool
        Whether the face was kept.
    intensities : dict
        What was drawn for every tissue.
    """

    image: Volume
    brain: Mask
    affine: NDArray[np.float64]
    face: bool
    intensities: dict[str, float]


def synthesise_head(labels: Scan, draws: HeadDraws, rng: Generator) -> LabelHead:
    """Draw a head with the anatomy of a label map.

    Parameters
    ----------
    labels : Scan
        FreeSurfer labels, in any orientation, of voxels of about 1 mm.
    draws : HeadDraws
        What to draw from.
    rng : Generator
        Gives the same head from the same state.

    Raises
    ------
    InputError
        ``no-labels``: there are values that are no known labels, or no brain.
    """
    require_labels(labels)
    spacing = np.sort(labels.spacing)
    face = bool(rng.random() < draws.faces)
    names, affine = _framed(*_upright(labels), draws, rng)
    brain = brain_mask(names)
    tissue = _tissues(names)
    means = {name: float(rng.uniform(*INTENSITIES[draws.contrast][name])) for name in _TISSUES}
    image = np.array([means[name] for name in _TISSUES], np.float32)[tissue]
    fat = _fat_between(np.isin(names, LABELS["soft tissue"]), float(rng.uniform(*draws.fat)), rng)
    image += fat * np.clip(np.float32(_DEEP_FAT * means["fat"]) - image, 0.0, None)
    image = ndimage.gaussian_filter(image, rng.uniform(*draws.edge_mm) / float(spacing[1]))
    image *= _texture(image.shape, float(rng.uniform(*draws.texture)), rng)
    if not face:
        image[_face(names, brain, affine, rng)] = 0.0
    image *= _bias(image.shape, draws.bias * rng.uniform(-1, 1, 6) / 3)
    noise = float(rng.uniform(*draws.noise))
    real, imaginary = rng.standard_normal((2, *image.shape), np.float32) * np.float32(noise)
    image = np.hypot(image + real, imaginary).astype(np.float32)
    return LabelHead(image, brain, affine, face, means)


def require_labels(labels: Scan) -> None:
    """Make sure that a volume is a label map of a head.

    Raises
    ------
    InputError
        ``no-labels``.
    """
    known = {label for group in LABELS.values() for label in group}
    values = np.unique(labels.data)
    strange = [f"{value:g}" for value in values if value not in known]
    if strange:
        raise InputError(
            "no-labels",
            f"{labels.source}: has values that are no labels of FreeSurfer known here "
            f"({', '.join(strange[:5])}); give label maps of whole heads",
        )
    if not np.isin(values, LABELS["white"]).any():
        raise InputError("no-labels", f"{labels.source}: holds no brain; give label maps of heads")


def brain_mask(labels: NDArray[np.int16]) -> Mask:
    """Return the brain of a label map ``(I, J, K)``, its sulci filled, the spinal cord left out."""
    tissue = (labels > 0) & (labels < _BRAIN_BELOW) & (labels != _OUTER_FLUID)
    ball = ndimage.generate_binary_structure(3, 1)
    closed = ndimage.binary_closing(tissue, ball, iterations=_SULCUS_MM)
    return np.asarray(ndimage.binary_fill_holes(closed & (labels < _BRAIN_BELOW) & (labels > 0)))


def _upright(labels: Scan) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """The label map with axes right, anterior, superior, without what floats beside the head."""
    codes = labels.axcodes
    order = [
        codes.index(code if code in codes else against) for code, against in ("RL", "AP", "SI")
    ]
    names = labels.data.astype(np.int16).transpose(order)
    affine = labels.affine.copy()
    affine[:3, :3] = labels.affine[:3, order]
    for axis, old in enumerate(order):
        if codes[old] in "LPI":
            names = np.flip(names, axis)
            affine[:3, 3] += affine[:3, axis] * (names.shape[axis] - 1)
            affine[:3, axis] *= -1
    parts, count = ndimage.label(names > 0)
    largest = 1 + int(np.argmax(np.bincount(parts.ravel(), minlength=count + 1)[1:]))
    return np.where(parts == largest, names, 0).astype(np.int16), affine


def _framed(
    names: NDArray[np.int16], affine: NDArray[np.float64], draws: HeadDraws, rng: Generator
) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """Cut the field of view through the neck, and put air at the other sides."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    (right, front, up) = np.nonzero(names)
    low, high = np.array([[a.min(), a.max() + 1] for a in (right, front, up)]).T
    stem = np.nonzero(np.isin(names, _CEREBELLUM_AND_STEM).any(axis=(0, 1)))[0]
    if len(stem):
        low[2] = max(low[2], stem[0] - round(rng.uniform(*draws.neck_mm) / spacing[2]))
    kept = names[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    air = np.round(rng.uniform(*draws.margin_mm, (3, 2)) / spacing[:, None]).astype(int)
    air[2, 0] = 0
    moved = affine.copy()
    moved[:3, 3] += affine[:3, :3] @ (low - air[:, 0])
    return np.pad(kept, air), moved


def _tissues(names: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Index into ``_TISSUES`` of every voxel; skin lies over fat, and fat over muscle."""
    index = {name: number for number, name in enumerate(_TISSUES)}
    lookup = np.zeros(1 + max(map(max, LABELS.values())), np.uint8)
    for name, group in LABELS.items():
        lookup[list(group)] = index.get(name, index["muscle"])
    tissue: NDArray[np.uint8] = lookup[names]
    depth = ndimage.gaussian_filter((names > 0).astype(np.float32), _DEPTH_MM)
    orbit = ndimage.gaussian_filter((names == _EYES).astype(np.float32), 6.0) > 0.03
    soft, scalp = np.isin(names, LABELS["soft tissue"]), np.isin(names, LABELS["scalp"])
    tissue[scalp | (soft & (orbit | (depth < _FAT)))] = index["fat"]
    tissue[(soft | scalp) & (depth < _SKIN)] = index["skin"]
    return tissue


def _fat_between(muscle: Mask, share: float, rng: Generator) -> Volume:
    """How much fat lies between strands of muscle, 0 to 1; the strands run up and down."""
    strands = ndimage.gaussian_filter(
        rng.standard_normal(muscle.shape, np.float32), (1.5, 1.5, 5.0)
    )
    strands /= strands.std()
    strands -= np.quantile(strands[::3, ::3, ::3], 1.0 - share)
    return np.where(muscle, 1.0 / (1.0 + np.exp(-3.0 * strands)), 0.0).astype(np.float32)


def _texture(shape: tuple[int, ...], deviation: float, rng: Generator) -> Volume:
    """A factor about 1 that varies half over a few voxels and half over a centimetre."""
    total = np.ones(shape, np.float32)
    for width in (0.8, 5.0):
        field = ndimage.gaussian_filter(rng.standard_normal(shape, np.float32), width)
        total += np.float32(deviation / np.sqrt(2) / field.std()) * field
    return total


def _face(
    names: NDArray[np.int16], brain: Mask, affine: NDArray[np.float64], rng: Generator
) -> Mask:
    """What a defacing takes away: all before a plane behind the eyes, but for the brain."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    eyes = np.argwhere(names == _EYES)
    if not len(eyes):
        return np.zeros(names.shape, bool)
    _, front, up = eyes.mean(axis=0)
    tilt = np.radians(rng.uniform(20.0, 45.0))
    behind = rng.uniform(5.0, 18.0)
    y = (np.arange(names.shape[1]) - front) * spacing[1] + behind
    z = (np.arange(names.shape[2]) - up) * spacing[2]
    before = np.cos(tilt) * y[None, :, None] - np.sin(tilt) * z[None, None, :] > 0
    spared = ndimage.binary_dilation(brain, iterations=_SPARED_MM)
    return np.asarray(before & ~spared)


def _bias(shape: tuple[int, ...], coefficients: NDArray[np.float64]) -> Volume:
    """Exp of a quadratic without mixed terms; its 6 coefficients belong to x y z, xx yy zz."""
    x, y, z = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in shape)]
    c = coefficients
    exponent = c[0] * x + c[1] * y + c[2] * z + c[3] * x**2 + c[4] * y**2 + c[5] * z**2
    return np.exp(exponent).astype(np.float32)
