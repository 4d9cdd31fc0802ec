"""How whole volumes are drawn: one frozen record."""

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
    ascending,
    one_of,
    require,
)
from MotionQCTraining.synthesis.appearance import Appearance
from MotionQCTraining.synthesis.motion_draws import MotionDraws


@dataclass(frozen=True)
class SynthesisConfig:
    """How whole volumes are drawn.

    Parameters
    ----------
    motion : MotionDraws
        Scores, share of still volumes and of centric acquisitions, limits of poses.
    appearance : Appearance
        Ranges of contrast, bias field, noise and blur.
    events : int
        Mean number of poses of a moved head besides rest.
    kernel : "cubic" or "linear"
        Interpolation of poses and anatomy alike.
    displacement_mm, displacement_deg : float
        Largest rigid displacement under all poses of a volume, a still one's too.
    deformed : float
        Share of volumes bent elastically.
    elastic_mm : float
        Largest elastic displacement.
    scale : float
        Largest relative change of a head's size along an axis.
    extracted : float
        Share of whole heads whose brain is cut out after the motion.
    airless : float
        Share of the remaining whole heads whose air is set to 0.
    defaced : float
        Share of whole heads whose face is removed after the motion.
    face_mm : tuple
        Range of the distance from the brain's centre to the plane that cuts the face off.
    ramp : int
        Number of volumes over which changes of anatomy and appearance grow from none to full.
    """

    motion: MotionDraws = field(default_factory=MotionDraws)
    appearance: Appearance = field(default_factory=Appearance)
    events: int = 5
    kernel: Kernel = "cubic"
    displacement_mm: float = 6.0
    displacement_deg: float = 12.0
    deformed: float = 0.7
    elastic_mm: float = 8.0
    scale: float = 0.06
    extracted: float = 0.5
    airless: float = 0.4
    defaced: float = 0.2
    face_mm: tuple[float, float] = (75.0, 95.0)
    ramp: int = 4000

    def __post_init__(self) -> None:
        require(
            self,
            {
                "events": COUNT,
                "kernel": one_of(get_args(Kernel)),
                "displacement_mm": NOT_NEGATIVE,
                "displacement_deg": NOT_NEGATIVE,
                "deformed": SHARE,
                "elastic_mm": NOT_NEGATIVE,
                "scale": SHARE_BELOW_ONE,
                "extracted": SHARE,
                "airless": SHARE,
                "defaced": SHARE,
                "face_mm": ascending(POSITIVE),
                "ramp": COUNT,
            },
        )
