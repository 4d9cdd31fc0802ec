"""What a model says about itself: the JSON file beside its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from math import inf
from typing import Any, Literal, get_args

from MotionQCLib.models.architecture import (
    FAMILIARITY_SHAPES,
    SFCN_REDUCTION,
    Shapes,
    array_shapes,
    rating_shapes,
)
from MotionQCLib.models.bins import MotionBins
from MotionQCLib.models.familiarity import Familiarity
from MotionQCLib.models.json_section import Section
from MotionQCLib.models.normalisation import NORMALISATIONS, Normalisation
from MotionQCLib.models.ratings import BASIS, RatingHead

FORMAT = "motionqc-model/1"
INTERVAL_LEVEL = 0.9

ScoreLabel = Literal["edge", "time", "bricout2025"]
LABELS: tuple[str, ...] = get_args(ScoreLabel)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_LARGEST_SIDE = 512
_MOST_BINS = 1000
_TEMPERATURES = (0.01, 100.0)


@dataclass(frozen=True)
class Architecture:
    """Which network, for which grid (voxels along R, A, S), with how many outputs."""

    type: str = "sfcn"
    grid: tuple[int, int, int] = (160, 192, 160)
    bins: int = 50

    def __post_init__(self) -> None:
        if not 2 <= self.bins <= _MOST_BINS:
            raise ValueError(f"architecture.bins is {self.bins}, not in 2 to {_MOST_BINS}")
        array_shapes(self.type, self.bins)
        if any(
            side < SFCN_REDUCTION or side > _LARGEST_SIDE or side % SFCN_REDUCTION
            for side in self.grid
        ):
            raise ValueError(
                f"architecture.grid is {self.grid}; "
                f"every side must be a multiple of {SFCN_REDUCTION} up to {_LARGEST_SIDE}"
            )


@dataclass(frozen=True)
class ScoreClass:
    """A QC class as an interval [low, high) of the score, mm; None is an open end."""

    name: str
    low: float | None
    high: float | None

    @property
    def limits(self) -> tuple[float, float]:
        """The interval with infinite instead of open ends, mm."""
        return (
            -inf if self.low is None else self.low,
            inf if self.high is None else self.high,
        )


@dataclass(frozen=True)
class IntervalSource:
    """How the 90 % interval comes about, and on what it was calibrated."""

    method: str = "quantiles of the temperature-calibrated distribution"
    calibrated_on: str = "simulated motion"


# From 1 mm on, moved scans are told from still ones reliably (science reference, section 9).
DEFAULT_CLASSES = (
    ScoreClass("none to mild", None, 1.0),
    ScoreClass("moderate", 1.0, 2.0),
    ScoreClass("severe", 2.0, None),
)


@dataclass(frozen=True)
class ModelMetadata:
    """Everything about a model but its weights.

    Parameters
    ----------
    name, version
        What users call it; letters, digits, dot, dash and underscore.
    architecture
        Network, grid and number of bins.
    spacing_mm
        Side of a voxel of that grid, mm.
    bins
        Range of the distribution, mm.
    label
        Which of the three motion scores it was trained on, and hence predicts.
    normalisation
        What happens to a conformed volume before the network.
    temperature
        Divisor of the logits, fitted on validation subjects.
    interval
        Origin of the reported interval.
    classes
        QC classes that share the score's axis without gap or overlap, ascending.
    training
        Data, licence, procedure: free text and numbers for the model card.
    metrics
        Figures on subjects held out.
    status
        For example `preliminary`.
    sha256
        Checksum of the weights file, hexadecimal.
    ratings
        The head fitted to human ratings, which then give the QC class; None without one.
    familiarity
        From where on a scan is unlike those that the model knows; None where nobody measured it.

    Raises
    ------
    ValueError
        A field does not fit the others or its type's limits.
    """

    name: str
    version: str
    architecture: Architecture = field(default_factory=Architecture)
    spacing_mm: float = 1.0
    bins: MotionBins = field(default_factory=MotionBins)
    label: ScoreLabel = "edge"
    normalisation: Normalisation = "head-p99"
    temperature: float = 1.0
    interval: IntervalSource = field(default_factory=IntervalSource)
    classes: tuple[ScoreClass, ...] = DEFAULT_CLASSES
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    status: str = "preliminary"
    sha256: str = ""
    ratings: RatingHead | None = None
    familiarity: Familiarity | None = None

    def __post_init__(self) -> None:
        problems = [problem for problem in _problems(self) if problem]
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def array_shapes(self) -> Shapes:
        """Name to shape of every array that the weights file holds."""
        architecture = self.architecture
        shapes = array_shapes(architecture.type, architecture.bins)
        if self.ratings:
            shapes |= rating_shapes(self.ratings, architecture.grid)
        return shapes | (FAMILIARITY_SHAPES if self.familiarity else {})

    def with_checksum(self, sha256: str) -> ModelMetadata:
        """The same, for the weights file of that checksum."""
        return replace(self, sha256=sha256)

    def to_json(self) -> dict[str, Any]:
        """A dictionary for `json.dumps`; `from_json` is its inverse."""
        fields = asdict(self)
        fields["interval"]["level"] = INTERVAL_LEVEL
        if self.ratings is None:
            del fields["ratings"]
        else:
            fields["ratings"] = self.ratings.to_json()
        if self.familiarity is None:
            del fields["familiarity"]
        return {"format": FORMAT, **fields}

    @classmethod
    def from_json(cls, document: object) -> ModelMetadata:
        """The metadata in a parsed JSON document.

        Raises
        ------
        ValueError
            A field is absent, of another type, or out of its limits; the message names it.
        """
        top = Section(document, "the document")
        if top.get("format", str) != FORMAT:
            raise ValueError(f"format is {top.get('format', str)!r}; this version reads {FORMAT!r}")
        return cls(
            name=top.get("name", str),
            version=top.get("version", str),
            architecture=_architecture(top.section("architecture")),
            spacing_mm=top.number("spacing_mm"),
            bins=_bins(top.section("bins")),
            label=top.get("label", str),
            normalisation=top.get("normalisation", str),
            temperature=top.number("temperature"),
            interval=_interval(top.section("interval")),
            classes=tuple(_score_class(item) for item in top.get("classes", list)),
            training=top.get("training", dict),
            metrics=top.get("metrics", dict),
            status=top.get("status", str),
            sha256=top.get("sha256", str),
            ratings=_ratings(top.section("ratings")) if top.has("ratings") else None,
            familiarity=_familiarity(top) if top.has("familiarity") else None,
        )


def _architecture(section: Section) -> Architecture:
    grid = section.get("grid", list)
    if len(grid) != 3 or not all(isinstance(side, int) for side in grid):
        raise ValueError(f"architecture.grid is {grid!r:.60}; expected three whole numbers")
    return Architecture(section.get("type", str), tuple(grid), section.get("bins", int))


def _bins(section: Section) -> MotionBins:
    return MotionBins(
        low=section.number("low"),
        high=section.number("high"),
        count=section.get("count", int),
        sigma=section.number("sigma"),
    )


def _interval(section: Section) -> IntervalSource:
    if (level := section.number("level")) != INTERVAL_LEVEL:
        raise ValueError(f"interval.level is {level}; this version knows {INTERVAL_LEVEL}")
    return IntervalSource(section.get("method", str), section.get("calibrated_on", str))


def _ratings(section: Section) -> RatingHead:
    if (basis := section.get("basis", str)) != BASIS:
        raise ValueError(f"ratings.basis is {basis!r:.60}; this version knows {BASIS!r}")
    return RatingHead(
        classes=tuple(section.get("classes", list)),
        ordinal=section.get("ordinal", bool),
        features=section.get("features", str),
        hidden=section.get("hidden", int),
        own_layers=section.get("own_layers", str),
        temperature=section.number("temperature"),
        calibrated_on=section.get("calibrated_on", str),
    )


def _familiarity(top: Section) -> Familiarity:
    section = top.section("familiarity")
    return Familiarity(
        section.number("limit"), section.number("false_alarms"), section.get("measured_on", str)
    )


def _score_class(item: object) -> ScoreClass:
    section = Section(item, "an entry of classes")
    return ScoreClass(
        section.get("name", str), section.optional_number("low"), section.optional_number("high")
    )


def _problems(metadata: ModelMetadata) -> list[str]:
    coldest, hottest = _TEMPERATURES
    return [
        "" if _NAME.fullmatch(metadata.name) else f"name {metadata.name!r:.60} has odd characters",
        "" if _NAME.fullmatch(metadata.version) else f"version is {metadata.version!r:.60}",
        ""
        if metadata.bins.count == metadata.architecture.bins
        else f"bins.count is {metadata.bins.count}, architecture.bins {metadata.architecture.bins}",
        "" if 0.2 <= metadata.spacing_mm <= 10 else f"spacing_mm is {metadata.spacing_mm}",
        "" if metadata.label in LABELS else f"label is {metadata.label!r:.60}, not of {LABELS}",
        ""
        if metadata.normalisation in NORMALISATIONS
        else f"normalisation is {metadata.normalisation!r:.60}, not of {NORMALISATIONS}",
        ""
        if coldest <= metadata.temperature <= hottest
        else f"temperature is {metadata.temperature}, not in {_TEMPERATURES}",
        problem_of_classes(metadata.classes),
    ]


def problem_of_classes(classes: tuple[ScoreClass, ...]) -> str:
    """What keeps the classes from sharing the score's axis; empty where nothing does."""
    if len(classes) < 2 or len({item.name for item in classes}) != len(classes):
        return "classes must be at least two, each with its own name"
    if not all(item.name.isprintable() and 0 < len(item.name) <= 40 for item in classes):
        return "a class needs a printable name of up to 40 characters"
    limits = [item.limits for item in classes]
    joined = all(left[1] == right[0] for left, right in pairwise(limits))
    whole = limits[0][0] == -inf and limits[-1][1] == inf
    if not (joined and whole and all(low < high for low, high in limits)):
        return "classes must cover the score's axis in order, with null at the two open ends"
    return ""
