"""Where a face is cut off, as public datasets do for privacy, each in a way of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

BRAIN_GUARD_MM = 3.0
"""Nothing is cut this near to a brain whose surface is known, nor within it."""
_LOWEST, _HIGHEST = math.radians(25.0), math.radians(65.0)


@dataclass(frozen=True)
class Face:
    """A face beyond a plane in front of and below the brain.

    Parameters
    ----------
    angle : float
        Of the plane's normal, from the front (0) down (pi / 2), radians.
    depth_mm : float
        The plane's distance from the brain's centre.
    """

    angle: float
    depth_mm: float

    def plane(self, center: ArrayLike) -> NDArray[np.float64]:
        """Return ``(4,)`` numbers: ``n . x + d > 0`` where ``x``, in RAS mm, is in the face.

        ``center`` is the brain's, RAS mm.
        """
        toward = np.array([0.0, math.cos(self.angle), -math.sin(self.angle)])
        return np.append(toward, -toward @ np.asarray(center, float) - self.depth_mm)


def draw_face(rng: Generator, depth_mm: tuple[float, float]) -> Face:
    """Draw where a face is cut off, the plane at a distance of the range given."""
    return Face(float(rng.uniform(_LOWEST, _HIGHEST)), float(rng.uniform(*depth_mm)))
