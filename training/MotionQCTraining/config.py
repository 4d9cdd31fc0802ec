"""What a pretraining run is: one frozen record, checked at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

from MotionQCLib.models import ModelMetadata
from MotionQCLib.models.architecture import SFCN_REDUCTION
from MotionQCLib.models.bins import MotionBins
from MotionQCLib.models.metadata import LABELS, ScoreLabel
from MotionQCTraining.limits import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE_BELOW_ONE,
    SHARE_BETWEEN,
    WHOLE,
    Limit,
    one_of,
    require,
    sides,
)
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.sample_config import SampleConfig

Input = Literal["plain", "high-pass"]
Chosen = Literal["last", "best"]

_HALVED = sides(SFCN_REDUCTION, "because the network halves them five times")
_COUNT_OR_NONE = Limit(lambda n: n is None or COUNT.holds(n), f"{COUNT.words}, or null")
_LIMITS = {
    "grid": _HALVED,
    "label": one_of(LABELS),
    "input": one_of(get_args(Input)),
    "chosen": one_of(get_args(Chosen)),
    "validation": SHARE_BETWEEN,
    "test": SHARE_BELOW_ONE,
    "validation_draws": COUNT,
    "whole_volumes": COUNT,
    "steps": COUNT,
    "stop_after": _COUNT_OR_NONE,
    "batch": COUNT,
    "epoch": COUNT,
    "learning_rate": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "clip": NOT_NEGATIVE,
    "pieces": COUNT,
    "warmup": WHOLE,
    "dropout": SHARE_BELOW_ONE,
    "artefact_weight": NOT_NEGATIVE,
    "average": SHARE_BELOW_ONE,
    "workers": WHOLE,
    "checkpoint_mib": _COUNT_OR_NONE,
}


@dataclass(frozen=True)
class PublicSite:
    """A site whose scans anyone can get.

    Parameters
    ----------
    licence : str
        Under which licence.
    scans : str
        What a reader of the model card should know of them.
    """

    licence: str
    scans: str = ""


@dataclass(frozen=True)
class PretrainConfig:
    """A pretraining run.

    Parameters
    ----------
    name : str
        What the model is called, and its file.
    base : str
        Name or file of the model from whose encoder it starts; empty starts from random weights.
    grid : tuple
        Voxels of the network's input along right, front, up, at 1 mm.
    bins : MotionBins
        The distribution that the network gives.
    label : str
        Which score the network learns: ``edge``, ``time`` or ``bricout2025``.
    input : str
        ``plain``, or ``high-pass``: the first layer's filters stay blind to constant brightness,
        so that the network sees differences between neighbouring voxels alone. With ``plain`` most
        of them begin so.
    samples : SampleConfig
        How crops to train on are drawn.
    whole : SynthesisConfig or None
        How whole volumes to train on are drawn, on the training device; null trains on crops, which
        a CPU draws. The last layer then needs no fit at the end, and ``samples``,
        ``fit_last_layer`` and ``workers`` mean nothing.
    public_sites : dict
        Public sites by name. The model, its card and its recorded figures name their subjects, so
        that all can be repeated; of every other site they hold the number of subjects alone.
    licence : str
        Licence of the scans of all other sites, for the model card.
    seed : int
        Seed of the split, the weights and the draws.
    validation, test : float
        Shares of each site's subjects held out. Validation cannot go without: the temperature is
        set on it.
    left_out : tuple of str
        Sites that are not trained on at all: ``motionqc evaluate`` with the same configuration
        judges the model there. A run for each site in turn is leave-one-site-out.
    validation_sites : tuple of str
        Sites of which all scans are validated on, instead of the share ``validation`` of every
        site: what is set and chosen by validation is then set by scanners never trained on.
    validation_draws : int
        Moved versions of every validation scan, besides the still one.
    fit_last_layer : bool
        Whether the last layer of a network trained on crops is fitted on whole volumes at the end.
    whole_volumes : int
        Moved whole volumes of each site on which the model is finished: on them that layer is
        fitted, and what the model knows is measured.
    steps : int
        Optimiser steps of the whole run.
    stop_after : int or None
        Stop for now at this step; the same run goes on later.
    batch : int
        Groups of crops, or whole volumes, in a step, of each process where there are several.
    pieces : int
        Pieces in which a batch passes the network, for want of memory. The gradient is that of the
        whole batch; batch normalisation sees the pieces. A run that runs out of memory on a single
        device takes more by itself.
    epoch : int
        Steps between two looks at the validation set, and between checkpoints.
    learning_rate, weight_decay : float
        AdamW's; the rate warms up over ``warmup`` steps and falls along a cosine.
    warmup : int
        Steps of warm-up.
    clip : float
        Largest norm of the gradient, which is scaled down to it; 0 leaves it as it is.
    dropout : float
        Share of the embedding dropped.
    artefact_weight : float
        Weight of the second task: the map of what motion changed, from the third block. It says
        where to look, and a short run learns far more from it than from one number a crop.
    average : float
        Decay of the running average of weights that is validated and shipped.
    chosen : "last" or "best"
        Which average ships: that of the last step, or that of the look at the validation set, every
        ``epoch``, whose scores ranked its volumes best (Spearman's correlation).
    workers : int
        Processes that draw samples; 0 draws in the training process.
    compiled : bool
        Whether a GPU runs compiled kernels, of the network and of ``whole``: a minute or two at the
        start of every session, and several times as fast from then on.
    checkpoint_mib : int or None
        Largest file of a checkpoint, MiB: a larger checkpoint is written in parts.
    """

    STAGE: ClassVar[str] = "pretrain"

    name: str = "motionqc-t1w-preview"
    base: str = ""
    grid: tuple[int, int, int] = (160, 192, 160)
    bins: MotionBins = field(default_factory=MotionBins)
    label: ScoreLabel = "edge"
    input: Input = "plain"
    samples: SampleConfig = field(default_factory=SampleConfig)
    whole: SynthesisConfig | None = None
    public_sites: dict[str, PublicSite] = field(default_factory=dict)
    licence: str = "not stated"
    seed: int = 2025
    validation: float = 0.12
    test: float = 0.15
    left_out: tuple[str, ...] = ()
    validation_sites: tuple[str, ...] = ()
    validation_draws: int = 4
    fit_last_layer: bool = True
    whole_volumes: int = 120
    steps: int = 2000
    stop_after: int | None = None
    batch: int = 4
    pieces: int = 1
    epoch: int = 100
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warmup: int = 50
    clip: float = 0.0
    dropout: float = 0.2
    artefact_weight: float = 2.0
    average: float = 0.99
    chosen: Chosen = "last"
    workers: int = 1
    compiled: bool = True
    checkpoint_mib: int | None = None

    def __post_init__(self) -> None:
        require(self, _LIMITS)
        ModelMetadata(self.name, "0")  # says what is wrong with it
        if self.whole is None:
            self._check_crop(self.samples.crop)
        if self.validation + self.test >= 1:
            raise ValueError(
                f"validation and test are {self.validation} and {self.test}; "
                "give shares that leave subjects to train on"
            )

    def _check_crop(self, crop: tuple[int, int, int]) -> None:
        if not _HALVED.holds(crop):
            raise ValueError(f"samples.crop is {crop}; give {_HALVED.words}")
        if any(2 * side > whole for side, whole in zip(crop, self.grid, strict=True)):
            raise ValueError(
                f"samples.crop is {crop}; give sides that fit twice into grid {self.grid}"
            )
