"""What fine-tuning on ratings is: one frozen record, checked at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from MotionQCLib.models import ModelMetadata
from MotionQCLib.models.ratings import Features, OwnLayers, RatingHead
from MotionQCTraining.limits import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE_BELOW_ONE,
    SHARE_BETWEEN,
    TWO_OR_MORE,
    WHOLE,
    Limit,
    require,
)

_LIMITS = {
    "map_from": COUNT,
    "hidden": WHOLE,
    "weights": Limit(
        lambda weights: all(0 < weight < float("inf") for weight in weights.values()),
        "numbers above 0",
    ),
    "dropout": SHARE_BELOW_ONE,
    "learning_rate": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "batch": TWO_OR_MORE,
    "epochs": COUNT,
    "patience": COUNT,
    "inner": TWO_OR_MORE,
    "folds": TWO_OR_MORE,
    "repeats": COUNT,
    "level": SHARE_BETWEEN,
    "draws": COUNT,
    "least_scans": COUNT,
    "least_subjects": COUNT,
}


@dataclass(frozen=True)
class FinetuneConfig:
    """Fitting a head, and possibly the last layers of the encoder, to human ratings.

    Parameters
    ----------
    name : str
        What the model is called, and its file.
    version : str
        Its version.
    classes : tuple of str
        The ratings, of a scale in its order; empty takes those of the manifest, numbers ascending,
        else by the alphabet.
    ordinal : bool
        Whether the classes are steps of a scale. Ratings that are not numbers need ``classes``
        then, which alone tell the order.
    features : str
        What the head reads of the encoder: the ``average`` of each of the 64 channels (a linear
        head: few weights for few scans), the whole ``map`` (with a layer between: it sees where in
        the head something is), or ``auto``, which takes the map from ``map_from`` rated scans on.
    map_from : int
        See ``features``.
    hidden : int
        Width of the layer between, where the map is read; 0 leaves it out.
    unfrozen : str
        From which layer on the encoder is fitted too: ``none``, ``projection`` or ``block5``, which
        takes many times as long. The motion score keeps the layers that it was trained with.
    balanced : bool
        Whether every class counts alike, however many of its scans there are.
    weights : dict
        Further factors by class, where some mistakes are worse than others.
    dropout : float
        Share of the head's inputs dropped in training.
    learning_rate, weight_decay : float
        AdamW's.
    batch : int
        Scans in a step.
    epochs, patience : int
        Most passes over the scans, and passes without progress on scans held out after which
        training ends. The number found is then spent on all scans.
    inner : int
        One of so many parts of the persons is held out to find that number.
    folds, repeats : int
        The cross-validation: parts of the persons, and how often they are drawn anew.
    level : float
        Level of the confidence intervals.
    draws : int
        Bootstrap samples of the persons.
    least_scans, least_subjects : int
        With fewer in any class there is no estimate of how good the model is.
    seed : int
        Seed of splits, weights and order.
    """

    STAGE: ClassVar[str] = "finetune"

    name: str = "my-ratings"
    version: str = "1.0"
    classes: tuple[str, ...] = ()
    ordinal: bool = False
    features: Literal["auto", "average", "map"] = "auto"
    map_from: int = 500
    hidden: int = 10
    unfrozen: OwnLayers = "none"
    balanced: bool = True
    weights: dict[str, float] = field(default_factory=dict)
    dropout: float = 0.3
    learning_rate: float = 0.01
    weight_decay: float = 1.0
    batch: int = 32
    epochs: int = 150
    patience: int = 15
    inner: int = 5
    folds: int = 5
    repeats: int = 5
    level: float = 0.9
    draws: int = 2000
    least_scans: int = 10
    least_subjects: int = 5
    seed: int = 2025

    def __post_init__(self) -> None:
        require(self, _LIMITS)
        if self.least_subjects < self.folds:
            raise ValueError(
                f"least_subjects is {self.least_subjects}; give at least folds, {self.folds}, or "
                "folds are without a subject of a class"
            )
        ModelMetadata(self.name, self.version)  # says what is wrong with either
        if self.classes:
            RatingHead(self.classes)  # says what is wrong with names

    def head(self, classes: tuple[str, ...], scans: int) -> RatingHead:
        """Return the head that so many scans with ratings of these classes get."""
        features: Features = "map" if scans >= self.map_from else "average"
        if self.features != "auto":
            features = self.features
        return RatingHead(
            classes,
            ordinal=self.ordinal,
            features=features,
            hidden=self.hidden if features == "map" else 0,
            own_layers=self.unfrozen,
        )
