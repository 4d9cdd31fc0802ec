"""How a network of a published system is fitted: one record a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from MotionQCTraining.limits import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE_BELOW_ONE,
    TWO_OR_MORE,
    WHOLE,
    Limit,
    require,
)

_LIMITS = {
    "learning_rate": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "dropout": SHARE_BELOW_ONE,
    "batch": TWO_OR_MORE,
    "pieces": COUNT,
    "epochs": COUNT,
    "patience": WHOLE,
    "plateau_factor": Limit(lambda factor: 0 < factor <= 1, "a factor above 0 and up to 1"),
    "plateau_patience": WHOLE,
    "workers": WHOLE,
}


@dataclass(frozen=True)
class FitConfig:
    """One fit.

    Parameters
    ----------
    learning_rate, weight_decay : float
        The optimiser's.
    optimiser : str
        ``adamw`` or ``adam``.
    dropout : float
        Share of what the network drops in training, where it drops anything.
    batch : int
        Samples in a step.
    pieces : int
        Parts in which a batch passes; more take less memory and leave the gradient as it is.
    epochs : int
        Most passes over the samples.
    patience : int
        Passes without a lower validation loss after which fitting ends; 0 goes through them all.
    plateau_factor, plateau_patience : float, int
        By what the learning rate is multiplied after so many passes without a lower validation
        loss; 1 leaves it as it is.
    best : str
        What chooses the network that is kept: the highest ``figure`` on validation (R² of scores,
        balanced accuracy of classes), or the lowest ``loss``.
    workers : int
        Processes that draw samples; 0 draws in the training process.
    """

    learning_rate: float
    weight_decay: float = 0.0
    optimiser: Literal["adamw", "adam"] = "adamw"
    dropout: float = 0.0
    batch: int = 16
    pieces: int = 1
    epochs: int = 50
    patience: int = 0
    plateau_factor: float = 1.0
    plateau_patience: int = 5
    best: Literal["figure", "loss"] = "figure"
    workers: int = 0

    def __post_init__(self) -> None:
        require(self, _LIMITS)
