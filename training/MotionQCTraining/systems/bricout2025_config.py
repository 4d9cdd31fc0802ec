"""The system of Bricout et al. 2025 as one frozen record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from MotionQCLib.models import MotionBins, RatingHead
from MotionQCLib.models.architecture import SFCN_REDUCTION
from MotionQCLib.models.bins import BRICOUT_2025
from MotionQCTraining.data.framed import Framing
from MotionQCTraining.limits import COUNT, SHARE, WHOLE, Limit, require, sides
from MotionQCTraining.synthesis.published.bricout2025 import Bricout2025Synthesis
from MotionQCTraining.systems.cohorts import FOLDS, CohortConfig
from MotionQCTraining.systems.fit_config import FitConfig


def _are_apart(classes: Mapping[str, Sequence[str]]) -> bool:
    ratings = [rating for own in classes.values() for rating in own]
    return all(classes.values()) and len(set(ratings)) == len(ratings)


_HALVED = sides(SFCN_REDUCTION, "because the network halves them five times")
_LIMITS = {
    "classes": Limit(_are_apart, "every class ratings of its own"),
    "draws": COUNT,
    "validation": SHARE,
    "test": SHARE,
    "seeds": Limit(lambda seeds: len(seeds) > 0, "at least one seed"),
    "folds": FOLDS,
    "seed": WHOLE,
}


def _pretraining() -> FitConfig:
    return FitConfig(2e-5, 0.05, dropout=0.6, batch=96, epochs=200, patience=15, plateau_factor=0.6)


def _transfer() -> FitConfig:
    return FitConfig(5e-4, 0.05, dropout=0.7, batch=12, epochs=50)


def _scratch() -> FitConfig:
    return FitConfig(3e-6, 0.06, dropout=0.68, batch=12, epochs=500, patience=100)


@dataclass(frozen=True)
class Bricout2025Config:
    """Pretraining on synthetic motion, a transferred head of classes, and the same from scratch.

    Parameters
    ----------
    cohorts : CohortConfig
        Who is moved and who is rated.
    classes : dict
        Ratings of every class, none in two, the classes in the order of the tables; empty makes a
        class of every rating.
    framing : Framing
        The frame on which scans are moved.
    synthesis : Bricout2025Synthesis
        How samples are drawn.
    bins : MotionBins
        What pretraining predicts.
    draws : int
        Samples of every scan.
    pregenerate : bool
        Whether all samples are made and kept on disk before training, as published; else they are
        made when they are needed.
    validation, test : float
        Shares of each site's subjects held out of pretraining.
    pretraining, transfer, scratch : FitConfig
        The three fits.
    hidden : int
        Width of the head's layer between.
    balanced : bool
        Whether classes count alike in the loss. As published they do not.
    embed_in_train_mode : bool
        Whether embeddings use the batch statistics of each single scan, as published by mistake.
    folds : int
        Parts of a cross-validation by subject on the rated scans, in which each is tested once. 0
        makes one split, as published.
    compared : tuple of str
        Models, by name or file, whose frozen maps carry the same head, fitted and tested on the
        same scans: another row of Table 3 each. None may know anybody who is rated.
    seeds : tuple of int
        Of transfer and scratch; tables give the median.
    seed : int
        Of splits, draws and pretraining.
    """

    STAGE: ClassVar[str] = "reproduce"

    cohorts: CohortConfig = field(default_factory=CohortConfig)
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    framing: Framing = field(default_factory=Framing)
    synthesis: Bricout2025Synthesis = field(default_factory=Bricout2025Synthesis)
    bins: MotionBins = BRICOUT_2025
    draws: int = 300
    pregenerate: bool = False
    validation: float = 0.12
    test: float = 0.12
    pretraining: FitConfig = field(default_factory=_pretraining)
    transfer: FitConfig = field(default_factory=_transfer)
    scratch: FitConfig = field(default_factory=_scratch)
    hidden: int = 10
    balanced: bool = True
    embed_in_train_mode: bool = False
    folds: int = 5
    compared: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)
    seed: int = 2025

    def __post_init__(self) -> None:
        require(self, _LIMITS)
        if self.classes:
            RatingHead(tuple(self.classes))  # says what is wrong with names
        if not _HALVED.holds(self.synthesis.grid):
            raise ValueError(f"synthesis.grid is {self.synthesis.grid}; give {_HALVED.words}")
