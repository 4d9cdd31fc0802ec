"""How groups of samples are drawn: one frozen record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

from MotionQCLib.resampling.resampler import Kernel
from MotionQCTraining.limits import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    SHARE_BELOW_ONE,
    WHOLE,
    ascending,
    one_of,
    require,
    sides,
)
from MotionQCTraining.synthesis.appearance import Appearance
from MotionQCTraining.synthesis.motion_draws import MotionDraws

ARTEFACT_CELL = 8
"""Side in voxels of the cubes by which ``samples.artefact_map`` sums up."""


@dataclass(frozen=True)
class SampleConfig:
    """How groups of samples are drawn.

    Parameters
    ----------
    crop : tuple
        Voxels of a crop along right, front, up.
    group : int
        Motions of a group; each gives two crops.
    kernel : "cubic" or "linear"
        Interpolation of poses.
    displacement_mm, displacement_deg : float
        Largest rigid displacement given to all poses of a group alike.
    renewal : int
        Groups after which a scan is made another head, by bending and scaling it anew; until then
        it is as it was scanned. 0 leaves it so for good.
    elastic_mm : float
        Largest elastic displacement.
    scale : float
        Largest relative change of a head's size along an axis.
    extracted : float
        Share of whole heads whose brain is cut out.
    airless : float
        Share of the remaining whole heads whose air is set to 0.
    defaced : float
        Share of whole heads whose face is removed after the motion.
    face_mm : tuple
        Range of the distance from the brain's centre to the plane that cuts the face off.
    ramp : int
        Number of groups over which appearance changes grow from none to full.
    """

    crop: tuple[int, int, int] = (64, 64, 64)
    group: int = 2
    kernel: Kernel = "cubic"
    displacement_mm: float = 6.0
    displacement_deg: float = 12.0
    renewal: int = 800
    elastic_mm: float = 8.0
    scale: float = 0.06
    extracted: float = 0.5
    airless: float = 0.4
    defaced: float = 0.2
    face_mm: tuple[float, float] = (75.0, 95.0)
    ramp: int = 1500
    motion: MotionDraws = field(default_factory=MotionDraws)
    appearance: Appearance = field(default_factory=Appearance)

    def __post_init__(self) -> None:
        require(
            self,
            {
                "crop": sides(ARTEFACT_CELL, "because artefacts are summed up by cubes"),
                "group": COUNT,
                "kernel": one_of(get_args(Kernel)),
                "displacement_mm": NOT_NEGATIVE,
                "displacement_deg": NOT_NEGATIVE,
                "renewal": WHOLE,
                "elastic_mm": NOT_NEGATIVE,
                "scale": SHARE_BELOW_ONE,
                "extracted": SHARE,
                "airless": SHARE,
                "defaced": SHARE,
                "face_mm": ascending(POSITIVE),
                "ramp": COUNT,
            },
        )
