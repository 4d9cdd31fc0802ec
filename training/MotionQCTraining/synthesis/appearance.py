"""What scans differ in besides motion: ranges, and how they are drawn for one head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCTraining.limits import (
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    SHARE_BELOW_ONE,
    Limit,
    ascending,
    require,
)
from MotionQCTraining.synthesis.face import Face, draw_face

Surface = Literal["brain", "head"]
SMALLEST_BLUR_MM = 0.3
"""Standard deviation below which a blur changes a volume of 1 mm voxels by next to nothing."""


@dataclass(frozen=True)
class Appearance:
    """Ranges of what scans differ in besides motion; all act on intensities in [0, 1].

    Parameters
    ----------
    gamma : float
        Largest absolute logarithm of the gamma exponent.
    bias : float
        Largest logarithm of the bias field at the crop's corner.
    noise : tuple
        Range of the Rician noise's standard deviation, drawn log-uniformly.
    noisy : float
        Share of samples with noise added.
    blurred : float
        Share of samples blurred, by a Gaussian of up to ``blur_mm``.
    blur_mm : float
        Largest standard deviation of that blur, mm; the smallest is 0.3.
    gain : float
        Largest relative change of the intensity scale.
    """

    gamma: float = 0.35
    bias: float = 0.4
    noise: tuple[float, float] = (0.004, 0.05)
    noisy: float = 0.75
    blurred: float = 0.15
    blur_mm: float = 0.7
    gain: float = 0.15

    def __post_init__(self) -> None:
        require(
            self,
            {
                "gamma": NOT_NEGATIVE,
                "bias": NOT_NEGATIVE,
                "noise": ascending(POSITIVE),
                "noisy": SHARE,
                "blurred": SHARE,
                "blur_mm": Limit(lambda mm: mm >= SMALLEST_BLUR_MM, f"{SMALLEST_BLUR_MM} or more"),
                "gain": SHARE_BELOW_ONE,
            },
        )


class Cuts(Protocol):
    """How often something is cut away from whole heads, after the motion."""

    @property
    def extracted(self) -> float:
        """Share of them whose brain is cut out."""
        ...

    @property
    def airless(self) -> float:
        """Share of the others whose air is set to 0."""
        ...

    @property
    def defaced(self) -> float:
        """Share of all of them whose face is removed."""
        ...

    @property
    def face_mm(self) -> tuple[float, float]:
        """Range of the distance from the brain's centre to the plane that cuts a face off."""
        ...


@dataclass(frozen=True)
class Look:
    """A drawn appearance.

    Parameters
    ----------
    surface : "brain", "head" or None
        What lies further than ``margin_mm`` outside this surface is set to 0.
    margin_mm : float
        Negative inside the surface.
    log_gamma : float
        Logarithm of the gamma exponent.
    bias : (9,) array
        Coefficients of the bias field's logarithm: x y z, xx yy zz, xy yz zx, each from -1 to 1
        over the volume.
    noise : float
        Standard deviation of the Rician noise: what was drawn of it, and up to the source's own.
    blur_mm : float
        Standard deviation of the Gaussian blur.
    gain : float
        Factor of the intensity scale.
    flips : tuple of bool
        Which array axes are reversed.
    face : Face or None
        Where the face is cut off.
    """

    surface: Surface | None
    margin_mm: float
    log_gamma: float
    bias: NDArray[np.float64]
    noise: float
    blur_mm: float
    gain: float
    flips: tuple[bool, bool, bool]
    face: Face | None


def draw_look(
    rng: Generator,
    ranges: Appearance,
    strength: float,
    *,
    surfaces: tuple[bool, bool],
    source_noise: float,
    cuts: Cuts,
) -> Look:
    """Draw an appearance.

    Parameters
    ----------
    rng : Generator
        Source of all chance.
    ranges : Appearance
        What is drawn.
    strength : float
        From 0 to 1; scales all but masking, flips and what the source's noise asks for.
    surfaces : tuple of bool
        Whether the scan's brain can be cut out, and whether there is a head around it.
    source_noise : float
        Standard deviation of the scan's own noise. A scanner's noise does not move with the head,
        but a simulation moves it, and interpolation averages it away: up to so much is added anew.
    cuts : Cuts
        How often something is cut away.
    """
    has_brain, has_head = surfaces
    noisy = rng.random() < ranges.noisy
    low, high = np.log(ranges.noise)
    blurred = rng.random() < ranges.blurred * strength
    surface: Surface | None = "brain"
    if has_head and (not has_brain or rng.random() >= cuts.extracted):
        surface = "head" if rng.random() < cuts.airless else None
    noise = strength * float(np.exp(rng.uniform(low, high))) if noisy else 0.0
    return Look(
        surface=surface,
        margin_mm=rng.uniform(-0.5, 2.5) if surface == "brain" else rng.uniform(1.0, 6.0),
        log_gamma=strength * rng.uniform(-ranges.gamma, ranges.gamma),
        bias=strength * ranges.bias * rng.uniform(-1, 1, 9) / 3,
        noise=math.hypot(noise, rng.uniform(0.0, source_noise)),
        blur_mm=rng.uniform(SMALLEST_BLUR_MM, ranges.blur_mm) if blurred else 0.0,
        gain=1.0 + strength * rng.uniform(-ranges.gain, ranges.gain),
        flips=(bool(rng.random() < 0.5), bool(rng.random() < 0.5), bool(rng.random() < 0.5)),
        face=_face(rng, cuts) if has_head else None,
    )


def _face(rng: Generator, cuts: Cuts) -> Face | None:
    return draw_face(rng, cuts.face_mm) if rng.random() < cuts.defaced else None
