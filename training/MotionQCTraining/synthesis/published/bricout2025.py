"""Samples as Bricout et al. 2025 (arXiv 2502.00160) make them, by TorchIO.

Flip, elastic deformation, motion, contrast and bias field, crop, intensity scale, in this order.
Chance comes from one seeded generator a sample; TorchIO's own random transforms, which take theirs
from PyTorch's global state, are replaced by the fixed transforms that they end in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torchio
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCLib.models import normalise
from MotionQCLib.motion.samplings import Bricout2025Sampling
from MotionQCTraining.data.framed import FramedHead, center_crop
from MotionQCTraining.data.volumes import Grid
from MotionQCTraining.limits import NOT_NEGATIVE, POSITIVE, SHARE, WHOLE, Limit, ascending, require
from MotionQCTraining.limits import sides as sides_of
from MotionQCTraining.synthesis.published.torchio_motion import (
    Interpolation,
    Pivot,
    Volume,
    as_image,
    flipped,
    in_listed_order,
    move,
)

_LIMITS = {
    "grid": sides_of(1, "as voxels are counted"),
    "flip": SHARE,
    "elastic": SHARE,
    "control_points": Limit(lambda n: isinstance(n, int) and n >= 5, "a whole number from 5 on"),
    "displacement_mm": NOT_NEGATIVE,
    "motion": SHARE,
    "still_mm": NOT_NEGATIVE,
    "appearance": SHARE,
    "log_gamma": NOT_NEGATIVE,
    "bias": NOT_NEGATIVE,
    "top": ascending(POSITIVE),
    "workers": WHOLE,
}
_LOCKED = 2
_BIAS_ORDER = 3
_BIAS_COEFFICIENTS = 20


@dataclass(frozen=True)
class Bricout2025Synthesis:
    """How a sample is drawn: the paper's recipe, its defects mended unless asked for.

    Parameters
    ----------
    grid : tuple
        Voxels of a sample, the middle of the frame.
    flip : float
        Share of samples mirrored left to right.
    elastic : float
        Share deformed, by ``control_points`` a side, each moved up to ``displacement_mm``.
    motion : float
        Share moved; the label of the others is uniform up to ``still_mm``.
    appearance : float
        Share with gamma, of a logarithm up to ``log_gamma``, and bias field, of coefficients up to
        ``bias``.
    top : tuple
        Range of the brightest intensity; the darkest is 0.
    interpolation : str
        Of the deformation and the poses.
    pivot : str
        The ``head``'s centre, or the ``origin``, the first voxel, as published.
    mended : bool
        Whether movements happen in the order that the label is made of, and the label is that of
        the maps applied. As published the label takes rest first, TorchIO acquires it at the
        centre, and angles are read as rotation vectors.
    workers : int
        0 draws everything anew for every sample. A number, 64 as published, repeats the number of
        movements, the rotations' range and the goal's shift wherever so many processes, all forked
        from one, have not drawn yet: draws 0 to 63 of every volume share theirs, and so on.
    """

    grid: Grid = (160, 192, 160)
    flip: float = 0.5
    elastic: float = 0.7
    control_points: int = 7
    displacement_mm: float = 8.0
    motion: float = 0.95
    still_mm: float = 0.05
    appearance: float = 0.5
    log_gamma: float = 0.1
    bias: float = 0.35
    top: tuple[float, float] = (0.9, 1.1)
    interpolation: Interpolation = "bspline"
    pivot: Pivot = "head"
    mended: bool = True
    workers: int = 0

    def __post_init__(self) -> None:
        require(self, _LIMITS)

    def draw(self, head: FramedHead, rng: Generator, number: int) -> tuple[Volume, float]:
        """Return one sample ``(I, J, K)`` and its label, mm.

        Parameters
        ----------
        head : FramedHead
            The scan.
        rng : Generator
            Source of all chance.
        number : int
            Which draw of this scan it is.
        """
        if rng.random() < self.flip:
            head = flipped(head)
        image = as_image(replace(head, image=normalise(head.image, "min-max")), self.pivot)
        if rng.random() < self.elastic:
            image = self._deformed(image, rng)
        label = rng.uniform(0, self.still_mm)
        if rng.random() < self.motion:
            image, label = self._moved(image, rng, number)
        if rng.random() < self.appearance:
            image = self._changed(image, rng)
        cropped = center_crop(image.numpy()[0], self.grid)
        sample = normalise(cropped, "min-max") * np.float32(rng.uniform(*self.top))
        return sample, float(label)

    def _deformed(self, image: torchio.ScalarImage, rng: Generator) -> torchio.ScalarImage:
        elastic = torchio.ElasticDeformation(
            control_points=control_points(rng, self.control_points, self.displacement_mm),
            max_displacement=(self.displacement_mm,) * 3,
            image_interpolation=self.interpolation,
        )
        deformed: torchio.ScalarImage = elastic(image)
        return deformed

    def _moved(
        self, image: torchio.ScalarImage, rng: Generator, number: int
    ) -> tuple[torchio.ScalarImage, float]:
        sampling = Bricout2025Sampling(mended=self.mended)
        settings = np.random.default_rng(number // self.workers) if self.workers else None
        draw = sampling.draw(rng, settings)
        assert draw.label_mm is not None, "this sampling labels every draw"
        if not self.mended:
            return move(image, draw, self.interpolation), draw.label_mm
        acquired = in_listed_order(draw, image.shape[-1])
        label = acquired.successive_mm(sampling.radius_mm)
        return move(image, acquired.draw, self.interpolation), label

    def _changed(self, image: torchio.ScalarImage, rng: Generator) -> torchio.ScalarImage:
        gamma = torchio.Gamma(float(np.exp(rng.uniform(-self.log_gamma, self.log_gamma))))
        coefficients = rng.uniform(0, self.bias, _BIAS_COEFFICIENTS).tolist()
        changed: torchio.ScalarImage = torchio.BiasField(coefficients, _BIAS_ORDER)(gamma(image))
        return changed


def control_points(rng: Generator, count: int, largest_mm: float) -> NDArray[np.float64]:
    """Return random displacements ``(n, n, n, 3)`` as ``torchio.RandomElasticDeformation`` does.

    Two layers at each border stay where they are, along the first two axes; TorchIO forgets the
    third.
    """
    points = np.zeros((count, count, count, 3))
    inner = points[_LOCKED:-_LOCKED, _LOCKED:-_LOCKED]
    inner[...] = rng.uniform(-largest_mm, largest_mm, inner.shape)
    return points
