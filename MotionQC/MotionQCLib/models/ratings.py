"""A head fitted to human ratings: its classes, what it reads, and what its outputs mean.

It stands beside the head of motion bins on the same encoder, so that one pass through the network
gives both. Its outputs are logits of the classes or, where the classes are steps of a scale,
logits of "rated above" each class but the last (cumulative link; Cao et al. 2020, CORAL).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

BASIS = "ratings"

Features = Literal["average", "map"]
"""What a head reads of the encoder's map: the average of each channel, or every voxel."""

OwnLayers = Literal["none", "projection", "block5"]
"""From which layer on ratings have layers of their own. The motion score keeps its own, as it was
trained: fitting to ratings never changes it."""

FEATURES: tuple[str, ...] = get_args(Features)
OWN_LAYERS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "projection": ("projection",),
    "block5": ("block5", "projection"),
}

_MOST_CLASSES = 50
_LONGEST_NAME = 40
_WIDEST = 1024
_TEMPERATURES = (0.01, 100.0)


@dataclass(frozen=True)
class RatingHead:
    """What a model says of its head of ratings.

    Parameters
    ----------
    classes
        Names of two classes or more; of an ordinal scale, in its order.
    ordinal
        Whether they are steps of a scale.
    features
        What it reads.
    hidden
        Width of the layer between; 0 for none.
    own_layers
        From which layer of the encoder on it has its own.
    temperature
        Divisor of its outputs, fitted on ratings that were held out.
    calibrated_on
        Which ratings those were, in words.

    Raises
    ------
    ValueError
        A field is out of its limits; all of them are named.
    """

    classes: tuple[str, ...]
    ordinal: bool = False
    features: Features = "average"
    hidden: int = 0
    own_layers: OwnLayers = "none"
    temperature: float = 1.0
    calibrated_on: str = "nothing"

    def __post_init__(self) -> None:
        problems = [problem for problem in _problems(self) if problem]
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def outputs(self) -> int:
        """Number of outputs: one a class, or one a step between classes."""
        return len(self.classes) - self.ordinal

    def probability(self, outputs: ArrayLike) -> NDArray[np.float64]:
        """Probabilities `(..., classes)` of outputs `(..., outputs)`."""
        logits = np.asarray(outputs, dtype=np.float64) / self.temperature
        if self.ordinal:
            return _of_steps(logits)
        shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
        normalised: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
        return normalised

    def to_json(self) -> dict[str, Any]:
        """A dictionary for `json.dumps`."""
        return {"basis": BASIS, **asdict(self), "classes": list(self.classes)}


def _of_steps(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of classes from logits of being above each but the last."""
    above = 0.5 * (1 + np.tanh(logits / 2))  # the logistic function, which cannot overflow so
    ends = np.ones_like(above[..., :1])
    bounded = np.concatenate([ends, above, 0 * ends], axis=-1)
    return np.asarray(-np.diff(bounded, axis=-1))


def _problems(head: RatingHead) -> list[str]:
    coldest, hottest = _TEMPERATURES
    return [
        _problem_of_names(head.classes),
        "" if head.features in FEATURES else f"ratings.features is {head.features!r:.60}",
        "" if head.own_layers in OWN_LAYERS else f"ratings.own_layers is {head.own_layers!r:.60}",
        ""
        if 0 <= head.hidden <= _WIDEST
        else f"ratings.hidden is {head.hidden}, not in 0 to {_WIDEST}",
        ""
        if coldest <= head.temperature <= hottest
        else f"ratings.temperature is {head.temperature}, not in {_TEMPERATURES}",
    ]


def _problem_of_names(names: tuple[str, ...]) -> str:
    if not all(isinstance(name, str) for name in names):
        return "ratings.classes must be names"
    if not 2 <= len(names) <= _MOST_CLASSES or len(set(names)) != len(names):
        return f"ratings.classes must be 2 to {_MOST_CLASSES} different names"
    if not all(name.isprintable() and 0 < len(name) <= _LONGEST_NAME for name in names):
        return f"ratings.classes must be printable names of up to {_LONGEST_NAME} characters"
    return ""
