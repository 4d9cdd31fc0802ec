"""The system of Loizillon et al. 2023 as one frozen record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from MotionQCLib.motion.samplings import LOIZILLON_2023_SEVERITIES
from MotionQCTraining.data.framed import Framing
from MotionQCTraining.limits import COUNT, SHARE_BETWEEN, TWO_OR_MORE, WHOLE, Limit, require
from MotionQCTraining.synthesis.published.loizillon2023 import Loizillon2023Synthesis
from MotionQCTraining.systems.cohorts import FOLDS, CohortConfig
from MotionQCTraining.systems.fit_config import FitConfig

_LIMITS = {
    "severities": Limit(
        lambda names: len(names) > 0 and set(names) <= set(LOIZILLON_2023_SEVERITIES),
        f"some of {', '.join(LOIZILLON_2023_SEVERITIES)}",
    ),
    "draws": COUNT,
    "test": SHARE_BETWEEN,
    "folds": TWO_OR_MORE,
    "clinical_folds": FOLDS,
    "scale": Limit(lambda names: len(set(names)) == 3, "three different ratings, none to severe"),
    "seed": WHOLE,
}


def _frame() -> Framing:
    return Framing(frame=(169, 208, 179))


def _fit() -> FitConfig:
    """Adam and the batch are the paper's; it is silent on the rest, which is ClinicaDL's."""
    return FitConfig(1e-4, 1e-4, "adam", batch=16, epochs=20, best="loss")


@dataclass(frozen=True)
class Loizillon2023Config:
    """Detection of synthetic motion, fine-tuned to ratings, and two baselines.

    Parameters
    ----------
    cohorts : CohortConfig
        Who is moved and who is rated.
    scale : tuple of str
        The ratings for no, mild and severe motion.
    framing : Framing
        The frame on which scans are moved.
    synthesis : Loizillon2023Synthesis
        How samples are drawn; its severity is set by ``severities``.
    severities : tuple of str
        Ranges of motion to train with, one network each a fold. The first is the one fine-tuned.
    draws : int
        Samples of every scan: 1 as published, half of the scans moved; an even number moves half of
        the samples of each.
    pregenerate : bool
        Whether all samples are made and kept on disk before training.
    test : float
        Share of each site's subjects in the independent test set.
    folds : int
        Parts of the cross-validation by subject of the others.
    clinical_folds : int
        Parts of a cross-validation by subject on the rated scans. 0 makes one split, as published.
    fit, fine_tuning, scratch : FitConfig
        On synthetic motion; of the fully connected layers on ratings; of everything on ratings.
    balanced : bool
        Whether classes count alike in the loss.
    keep_statistics : bool
        Whether the batch norms of the frozen layers keep their statistics while the fully connected
        layers are fitted. Freezing parameters alone lets them follow the new scans.
    compared : tuple of str
        Models, by name or file, on whose frozen maps the fully connected layers are fitted as well,
        from random weights, and tested on the same scans: another row of Table 3 each. None may
        know anybody who is rated.
    seed : int
        Of all.
    """

    STAGE: ClassVar[str] = "reproduce"

    cohorts: CohortConfig = field(default_factory=CohortConfig)
    scale: tuple[str, str, str] = ("0", "1", "2")
    framing: Framing = field(default_factory=_frame)
    synthesis: Loizillon2023Synthesis = field(default_factory=Loizillon2023Synthesis)
    severities: tuple[str, ...] = ("severe", "moderate", "mild")
    draws: int = 2
    pregenerate: bool = False
    test: float = 0.15
    folds: int = 5
    clinical_folds: int = 5
    fit: FitConfig = field(default_factory=_fit)
    fine_tuning: FitConfig = field(default_factory=_fit)
    scratch: FitConfig = field(default_factory=_fit)
    balanced: bool = True
    keep_statistics: bool = True
    compared: tuple[str, ...] = ()
    seed: int = 2025

    def __post_init__(self) -> None:
        require(self, _LIMITS)
