"""Samples as Loizillon et al. 2023 (SPIE) make them: still, or moved by TorchIO's RandomMotion."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from MotionQCLib.models import normalise
from MotionQCLib.motion.samplings import LOIZILLON_2023_SEVERITIES, loizillon2023
from MotionQCTraining.data.framed import FramedHead, center_crop
from MotionQCTraining.data.volumes import Grid
from MotionQCTraining.limits import COUNT, Limit, require
from MotionQCTraining.limits import sides as sides_of
from MotionQCTraining.synthesis.published.torchio_motion import (
    Interpolation,
    Pivot,
    Volume,
    as_image,
    displace,
    move,
)

_STILL_REACH = 2.0
"""Of a still head's shifts (mm) and angles (degrees): any blur that interpolation can make."""
_LIMITS = {
    "grid": sides_of(1, "as voxels are counted"),
    "severity": Limit(
        lambda name: name in LOIZILLON_2023_SEVERITIES,
        f"one of {', '.join(LOIZILLON_2023_SEVERITIES)}",
    ),
    "movements": COUNT,
}


@dataclass(frozen=True)
class Loizillon2023Synthesis:
    """How a sample is drawn: the paper's recipe, its defects mended unless asked for.

    Parameters
    ----------
    grid : tuple
        Voxels of a sample, the middle of the frame.
    severity : str
        Whose range of degrees and mm: ``mild`` (2, 4), ``moderate`` (4, 6), ``severe`` (6, 8) or
        ``test`` (2, 8).
    movements : int
        Unstated in the paper; 2 is TorchIO's and ClinicaDL's.
    signed : bool
        Whether angles and shifts take either sign. As published all are positive, so that both
        poses lie together, far from rest.
    interpolation : str
        Of the poses.
    pivot : str
        The ``head``'s centre, or the ``origin``, the first voxel, as published.
    still_resampled : bool
        Whether still samples lie a little elsewhere, up to 2 mm and degrees, interpolated once by
        the kernel of the moved ones. As published they are untouched, and whether a sample has been
        interpolated at all tells still from moved.
    """

    grid: Grid = (169, 208, 179)
    severity: str = "severe"
    movements: int = 2
    signed: bool = True
    interpolation: Interpolation = "linear"
    pivot: Pivot = "head"
    still_resampled: bool = True

    def __post_init__(self) -> None:
        require(self, _LIMITS)

    def draw(self, head: FramedHead, rng: Generator, number: int) -> tuple[Volume, float]:
        """Return one z-scored sample ``(I, J, K)`` and 1.0 if it is moved.

        Parameters
        ----------
        head : FramedHead
            The scan.
        rng : Generator
            Source of all chance.
        number : int
            Which draw of this scan it is: those with an odd number are moved.
        """
        if number % 2 == 0:
            return self._still(head, rng), 0.0
        sampling = loizillon2023(self.severity, movements=self.movements, signed=self.signed)
        moved = move(as_image(head, self.pivot), sampling.draw(rng), self.interpolation)
        return _shown(moved.numpy()[0], self.grid), 1.0

    def _still(self, head: FramedHead, rng: Generator) -> Volume:
        if not self.still_resampled:
            return plain(head, self.grid)
        image = as_image(head, self.pivot)
        pose = rng.uniform(-_STILL_REACH, _STILL_REACH, 6)
        return _shown(displace(image, pose, self.interpolation).numpy()[0], self.grid)


def plain(head: FramedHead, grid: Grid) -> Volume:
    """Return a scan as it is, cropped and z-scored over the whole image."""
    return _shown(head.image, grid)


def _shown(image: Volume, grid: Grid) -> Volume:
    return normalise(center_crop(image, grid), "z-score")
