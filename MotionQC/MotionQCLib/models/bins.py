"""Motion as a distribution: 50 bins over a range of millimetres, soft labels and their decoding.

A score `y` in mm becomes the probabilities of a normal distribution around `y` in each bin; a
distribution becomes a score as its mean over the bins' centres (Bricout et al. 2025). Everything
here is plain numpy, over any number of leading axes; the bins are always the last axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class MotionBins:
    """Equal bins of motion, in millimetres.

    Parameters
    ----------
    low, high
        Outer edges, mm. They reach beyond 0 and 4 mm so that labels there keep their whole width.
    count
        Number of bins.
    sigma
        Standard deviation of a soft label, mm.

    Examples
    --------
    >>> bins = MotionBins(low=-0.8, high=4.8, sigma=0.168)
    >>> round(float(bins.decode(bins.soft_labels(2.0))), 6)
    2.0
    """

    low: float = -0.5
    high: float = 4.5
    count: int = 50
    sigma: float = 0.15

    def __post_init__(self) -> None:
        finite = all(isfinite(value) for value in (self.low, self.high, self.sigma))
        if not (finite and self.low < self.high and self.sigma > 0):
            raise ValueError(
                f"low, high, sigma are {self.low}, {self.high}, {self.sigma}; "
                "give finite numbers with low < high and sigma > 0."
            )
        if not isinstance(self.count, int) or self.count < 2:
            raise ValueError(f"count is {self.count!r}; give a whole number of at least 2 bins.")

    @property
    def width(self) -> float:
        """Width of one bin, mm."""
        return (self.high - self.low) / self.count

    @property
    def edges(self) -> FloatArray:
        """Edges `(count + 1,)`, mm, ascending."""
        return np.linspace(self.low, self.high, self.count + 1)

    @property
    def centers(self) -> FloatArray:
        """Centres `(count,)`, mm, ascending."""
        edges = self.edges
        return (edges[:-1] + edges[1:]) / 2

    @property
    def floor_sd(self) -> float:
        """Standard deviation that even a perfect prediction has, mm: label width and bin width."""
        return float(np.sqrt(self.sigma**2 + self.width**2 / 12))

    def soft_labels(self, score_mm: ArrayLike) -> FloatArray:
        """Probabilities `(..., count)` of scores `(...)`, each distribution summing to 1.

        A normal distribution loses what lies outside the range, hence the normalisation. Scores
        beyond the range count as its end: there the tail would be too thin to normalise.
        """
        from scipy.special import (
            ndtr,
        )  # half a second that scoring, which only decodes, need not pay

        score = np.clip(np.asarray(score_mm, dtype=np.float64), self.low, self.high)
        cumulative = ndtr((self.edges - score[..., np.newaxis]) / self.sigma)
        mass = np.diff(cumulative, axis=-1)
        normalised: FloatArray = mass / mass.sum(axis=-1, keepdims=True)
        return normalised

    def decode(self, probability: ArrayLike) -> FloatArray:
        """Expected score `(...)`, mm, of distributions `(..., count)`."""
        expectation: FloatArray = self._checked(probability) @ self.centers
        return expectation

    def quantile(self, probability: ArrayLike, level: float) -> FloatArray:
        """Score `(...)`, mm, below which the share `level` of each distribution lies.

        The cumulative distribution is interpolated linearly between edges: within a bin the
        probability is taken as even.
        """
        if not 0 <= level <= 1:
            raise ValueError(f"level is {level}; give a share between 0 and 1.")
        cumulative = self._cumulative(probability)
        rows = cumulative.reshape(-1, self.count + 1)
        found = np.array([np.interp(level * row[-1], row, self.edges) for row in rows])
        return found.reshape(cumulative.shape[:-1])

    def interval_probability(self, probability: ArrayLike, low: float, high: float) -> FloatArray:
        """Probability `(...)` of a score in [low, high], mm; infinite limits are allowed."""
        if not low <= high:
            raise ValueError(f"low, high are {low}, {high}; give low <= high.")
        cumulative = self._cumulative(probability)
        rows = cumulative.reshape(-1, self.count + 1)
        ends: Sequence[float] = (low, high)
        at_ends = np.array([np.interp(ends, self.edges, row) for row in rows])
        return np.diff(at_ends, axis=-1).reshape(cumulative.shape[:-1])

    def _cumulative(self, probability: ArrayLike) -> FloatArray:
        total = np.cumsum(self._checked(probability), axis=-1)
        return np.concatenate([np.zeros_like(total[..., :1]), total], axis=-1)

    def _checked(self, probability: ArrayLike) -> FloatArray:
        array = np.asarray(probability, dtype=np.float64)
        if array.ndim == 0 or array.shape[-1] != self.count:
            raise ValueError(
                f"probability has shape {array.shape}; its last axis must hold {self.count} bins."
            )
        return array


BRICOUT_2025 = MotionBins(low=-0.8, high=4.8, count=50, sigma=0.168)
"""Bins of Bricout et al. 2025 (arXiv 2502.00160)."""

CORTICAL_MOTION = MotionBins(low=-0.5, high=4.5, count=50, sigma=0.15)
"""Bins of its successor (arXiv 2505.23916)."""
