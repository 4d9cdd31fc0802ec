"""What a model knows: how far from its own volumes, in its encoder's terms, a scan may lie.

The encoder's averaged map of a volume is compared with those of volumes that the model was made
from, by the Mahalanobis distance: channels that vary little there count most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEAN, WHITENING = "familiarity.mean", "familiarity.whitening"
_LONGEST_WORDS = 200


@dataclass(frozen=True)
class Familiarity:
    """From which distance on a scan is a stranger.

    Parameters
    ----------
    limit
        The largest distance of a scan that the model knows the like of; 1 is usual where the model
        was made.
    false_alarms
        Share of scans like those that it was measured on which lie beyond the limit.
    measured_on
        What those were, in words.

    Raises
    ------
    ValueError
        A field is out of its limits; all of them are named.
    """

    limit: float
    false_alarms: float
    measured_on: str

    def __post_init__(self) -> None:
        problems = [
            ""
            if isfinite(self.limit) and self.limit > 0
            else f"familiarity.limit is {self.limit}, not above 0",
            ""
            if 0 < self.false_alarms < 1
            else f"familiarity.false_alarms is {self.false_alarms}, not between 0 and 1",
            ""
            if self.measured_on.isprintable() and 0 < len(self.measured_on) <= _LONGEST_WORDS
            else f"familiarity.measured_on must be up to {_LONGEST_WORDS} printable characters",
        ]
        if found := [problem for problem in problems if problem]:
            raise ValueError("; ".join(found))


def distances(
    embedded: NDArray[np.generic], weights: Mapping[str, NDArray[Any]]
) -> NDArray[np.float64]:
    """Return how far averaged maps ``(..., C)`` lie from those that a model knows, ``(...)``.

    Parameters
    ----------
    embedded : (..., C) array
        Averages of the encoder's map.
    weights : mapping
        The model's arrays; of them ``familiarity.mean`` and ``familiarity.whitening``.
    """
    centered = np.asarray(embedded, float) - np.asarray(weights[MEAN], float)
    whitened = centered @ np.asarray(weights[WHITENING], float).T
    distance: NDArray[np.float64] = np.sqrt(np.mean(whitened**2, axis=-1))
    return distance
