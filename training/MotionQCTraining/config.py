"""What a pretraining run is: one frozen record, read from a preset or a file, checked at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from MotionQCLib.errors import InputError
from MotionQCLib.models.architecture import SFCN_REDUCTION
from MotionQCLib.models.bins import MotionBins
from MotionQCTraining.limits import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE_BELOW_ONE,
    WHOLE,
    Limit,
    require,
    sides,
)
from MotionQCTraining.synthesis.samples import SampleConfig

_HALVED = sides(SFCN_REDUCTION, "because the network halves them five times")
_LIMITS = {
    "grid": _HALVED,
    "validation": Limit(lambda share: 0 < share < 1, "a share above 0 and below 1"),
    "test": SHARE_BELOW_ONE,
    "validation_draws": COUNT,
    "whole_volumes": COUNT,
    "steps": COUNT,
    "stop_after": Limit(lambda step: step is None or COUNT.holds(step), f"{COUNT.words}, or null"),
    "batch": COUNT,
    "epoch": COUNT,
    "learning_rate": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "warmup": WHOLE,
    "dropout": SHARE_BELOW_ONE,
    "artefact_weight": NOT_NEGATIVE,
    "average": SHARE_BELOW_ONE,
    "workers": WHOLE,
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
    grid : tuple
        Voxels of the network's input along right, front, up, at 1 mm.
    bins : MotionBins
        The distribution that the network gives.
    samples : SampleConfig
        How training samples are drawn.
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
    validation_draws : int
        Moved versions of every validation scan, besides the still one.
    whole_volumes : int
        Moved whole volumes of each site on which the last layer is fitted at the end.
    steps : int
        Optimiser steps of the whole run.
    stop_after : int or None
        Stop for now at this step; the same run goes on later.
    batch : int
        Groups of crops in a step.
    epoch : int
        Steps between two looks at the validation set, and between checkpoints.
    learning_rate, weight_decay : float
        AdamW's; the rate warms up over ``warmup`` steps and falls along a cosine.
    warmup : int
        Steps of warm-up.
    dropout : float
        Share of the embedding dropped.
    artefact_weight : float
        Weight of the second task: the map of what motion changed, from the third block. It says
        where to look, and a short run learns far more from it than from one number a crop.
    average : float
        Decay of the running average of weights that is validated and shipped.
    workers : int
        Processes that draw samples; 0 draws in the training process.
    """

    grid: tuple[int, int, int] = (160, 192, 160)
    bins: MotionBins = field(default_factory=MotionBins)
    samples: SampleConfig = field(default_factory=SampleConfig)
    public_sites: dict[str, PublicSite] = field(default_factory=dict)
    licence: str = "not stated"
    seed: int = 2025
    validation: float = 0.12
    test: float = 0.15
    validation_draws: int = 4
    whole_volumes: int = 120
    steps: int = 2000
    stop_after: int | None = None
    batch: int = 4
    epoch: int = 100
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warmup: int = 50
    dropout: float = 0.2
    artefact_weight: float = 2.0
    average: float = 0.99
    workers: int = 1

    def __post_init__(self) -> None:
        require(self, _LIMITS)
        crop = self.samples.crop
        if not _HALVED.holds(crop):
            raise ValueError(f"samples.crop is {crop}; give {_HALVED.words}")
        if any(2 * side > whole for side, whole in zip(crop, self.grid, strict=True)):
            raise ValueError(
                f"samples.crop is {crop}; give sides that fit twice into grid {self.grid}"
            )
        if self.validation + self.test >= 1:
            raise ValueError(
                f"validation and test are {self.validation} and {self.test}; "
                "give shares that leave subjects to train on"
            )


def load_config(name_or_path: str | Path) -> PretrainConfig:
    """Return the configuration of a preset's name or of a YAML file.

    Raises
    ------
    InputError
        If there is neither, or a field is unknown or of the wrong kind; all faults in one line.
    """
    import yaml

    text = _text(str(name_or_path))
    try:
        values = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise InputError(
            "config", f"{name_or_path}: not YAML: {' '.join(str(error).split())}"
        ) from error
    faults: list[str] = []
    config = _build(PretrainConfig, values, "", faults)
    if faults or config is None:
        raise InputError("config", f"{name_or_path}: {'; '.join(faults)}")
    return config


def presets() -> list[str]:
    """Names of the presets that come with the package."""
    folder = resources.files("MotionQCTraining") / "presets"
    return sorted(
        f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")
    )


def _text(name: str) -> str:
    if name in presets():
        return (resources.files("MotionQCTraining") / "presets" / f"{name}.yaml").read_text("utf-8")
    path = Path(name)
    if not path.is_file():
        known = ", ".join(presets())
        raise InputError(
            "config", f"{name}: neither a preset ({known}) nor a file; give one of these"
        )
    return path.read_text("utf-8")


_Record = TypeVar("_Record")


def _build(kind: type[_Record], values: Any, where: str, faults: list[str]) -> _Record | None:
    """Fill a record from a mapping, noting every fault instead of stopping at the first."""
    if not isinstance(values, Mapping):
        faults.append(f"{where.rstrip('.') or 'the file'} must hold named fields")
        return None
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    own = [f"unknown field {where}{name}" for name in values if name not in names]
    known = {
        name: _value(hints[name], values[name], f"{where}{name}", own)
        for name in names
        if name in values
    }
    faults += own
    try:
        return kind(**known) if not own else None
    except ValueError as error:
        faults.append(f"{where.rstrip('.') or 'configuration'}: {error}")
        return None


def _value(hint: Any, value: Any, where: str, faults: list[str]) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        return _build(hint, value, where + ".", faults)
    if getattr(hint, "__origin__", None) is tuple:
        if isinstance(value, list) and len(value) == len(hint.__args__):
            return tuple(
                _value(part, item, where, faults)
                for part, item in zip(hint.__args__, value, strict=True)
            )
        faults.append(f"{where} must be a list of {len(hint.__args__)}, got {value!r}")
        return None
    if getattr(hint, "__origin__", None) is dict:
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            inner = hint.__args__[1]
            return {k: _value(inner, item, f"{where}.{k}", faults) for k, item in value.items()}
        faults.append(f"{where} must map names to fields, got {value!r}")
        return None
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    faults.append(f"{where} must be of type {getattr(hint, '__name__', hint)}, got {value!r}")
    return None
