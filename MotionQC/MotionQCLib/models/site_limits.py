"""A site's own limits: what one model's scores mean at one site, in a small file beside the model.

A file holds the limits, in mm, between the classes of the site's own ratings, and the scores of the
site's own scans, among which a new score has its place. It belongs to one model's weights and holds
numbers and names of classes only: no names of scans or of subjects. `motionqc calibrate` writes it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from MotionQCLib.errors import InputError
from MotionQCLib.models.json_section import Section, finite
from MotionQCLib.models.metadata import LABELS, ModelMetadata, ScoreClass, problem_of_classes

FORMAT = "motionqc-site-limits/1"
SITE_BASIS = "site limits"
MOST_SCORES = 100_000
MOST_CLASSES = 20
LONGEST_CLASS_NAME = 40

_LARGEST_MM = 100.0
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHOWN_DIGITS = 8
_LONGEST_NAME = 80
_LONGEST_REASON = 2000


@dataclass(frozen=True)
class RatedClass:
    """A class of a site's ratings.

    Parameters
    ----------
    name
        As the site calls it.
    scans, subjects
        How many were rated so.
    median_mm
        Median score of those scans, mm.
    """

    name: str
    scans: int
    subjects: int
    median_mm: float


@dataclass(frozen=True)
class FittedLimits:
    """Limits between neighbouring classes, and how sure they are.

    Parameters
    ----------
    mm
        Ascending; a score at a limit belongs to the class above it.
    intervals_90_mm
        The 90 % interval of each, over subjects.
    balanced_accuracy
        Mean over the classes of the share of scans that limits fitted to the other subjects put
        into their class.
    balanced_accuracy_interval_90
        Its 90 % interval, over subjects.
    """

    mm: tuple[float, ...]
    intervals_90_mm: tuple[tuple[float, float], ...]
    balanced_accuracy: float
    balanced_accuracy_interval_90: tuple[float, float]


@dataclass(frozen=True)
class SiteLimits:
    """A site's own limits and reference for one model.

    Parameters
    ----------
    model, sha256, label
        The model's name, the checksum of its weights, and the score that it predicts.
    created
        When it was made, ISO 8601.
    reference_mm
        Scores of the site's own scans, mm, ascending.
    subjects
        How many people those are scans of.
    ratings
        The site's classes from least motion to most; empty where nothing was rated.
    limits
        None where ratings are absent or too few.
    without_limits
        Why there are none, in words; empty where there are some.
    checksum
        SHA-256 of the file that it was read from, hexadecimal.

    Raises
    ------
    ValueError
        A field is out of its limits or does not fit the others; all of them are named.
    """

    model: str
    sha256: str
    label: str
    created: str
    reference_mm: tuple[float, ...]
    subjects: int
    ratings: tuple[RatedClass, ...] = ()
    limits: FittedLimits | None = None
    without_limits: str = ""
    checksum: str = ""

    def __post_init__(self) -> None:
        problems = [problem for problem in _problems(self) if problem]
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def scans(self) -> int:
        """How many scans the reference has."""
        return len(self.reference_mm)

    @property
    def classes(self) -> tuple[ScoreClass, ...]:
        """The site's classes as intervals of the score; empty without limits."""
        if self.limits is None:
            return ()
        ends = (None, *self.limits.mm, None)
        return tuple(
            ScoreClass(rated.name, low, high)
            for rated, (low, high) in zip(self.ratings, pairwise(ends), strict=True)
        )

    def percentile(self, score_mm: float) -> float:
        """Share of the site's scans with a lower score than this one, %."""
        return 100 * bisect_left(self.reference_mm, score_mm) / self.scans

    def require_model(self, metadata: ModelMetadata) -> None:
        """Refuse another model than the one that the limits were made with.

        Raises
        ------
        InputError
            `site-limits-model`.
        """
        if self.sha256 != metadata.sha256:
            raise InputError(
                "site-limits-model",
                f"the site limits are for model {self.model} ({self.sha256[:_SHOWN_DIGITS]}), and "
                f"{metadata.name} ({metadata.sha256[:_SHOWN_DIGITS]}) is to score; choose that "
                "model, or make limits for this one with `motionqc calibrate`.",
            )

    def to_json(self) -> dict[str, Any]:
        """A dictionary for `json.dumps`; `from_json` is its inverse, but for the checksum."""
        return {
            "format": FORMAT,
            "created": self.created,
            "model": {"name": self.model, "sha256": self.sha256, "label": self.label},
            "reference": {"subjects": self.subjects, "scores_mm": list(self.reference_mm)},
            "ratings": [vars(rated) for rated in self.ratings],
            "limits": None if self.limits is None else _limits_to_json(self.limits),
            "without_limits": self.without_limits,
        }

    @classmethod
    def from_json(cls, document: object) -> SiteLimits:
        """The limits in a parsed JSON document.

        Raises
        ------
        ValueError
            A field is absent, unknown, of another type, or out of its limits; the message names it.
        """
        top = Section(document, "the document")
        if top.get("format", str) != FORMAT:
            raise ValueError(
                f"format is {top.get('format', str)!r:.60}; this version reads {FORMAT!r}"
            )
        top.only("format", "created", "model", "reference", "ratings", "limits", "without_limits")
        model, reference = top.section("model"), top.section("reference")
        model.only("name", "sha256", "label")
        reference.only("subjects", "scores_mm")
        return cls(
            model=model.get("name", str),
            sha256=model.get("sha256", str),
            label=model.get("label", str),
            created=top.get("created", str),
            reference_mm=reference.numbers("scores_mm"),
            subjects=reference.get("subjects", int),
            ratings=tuple(_rated_class(each) for each in top.sections("ratings")),
            limits=_limits(top.optional_section("limits")),
            without_limits=top.get("without_limits", str),
        )


def _limits_to_json(limits: FittedLimits) -> dict[str, Any]:
    return {
        "mm": list(limits.mm),
        "intervals_90_mm": [list(ends) for ends in limits.intervals_90_mm],
        "balanced_accuracy": limits.balanced_accuracy,
        "balanced_accuracy_interval_90": list(limits.balanced_accuracy_interval_90),
    }


def _rated_class(section: Section) -> RatedClass:
    section.only("name", "scans", "subjects", "median_mm")
    return RatedClass(
        section.get("name", str),
        section.get("scans", int),
        section.get("subjects", int),
        section.number("median_mm"),
    )


def _limits(section: Section | None) -> FittedLimits | None:
    if section is None:
        return None
    section.only("mm", "intervals_90_mm", "balanced_accuracy", "balanced_accuracy_interval_90")
    return FittedLimits(
        mm=section.numbers("mm"),
        intervals_90_mm=tuple(
            _ends(each, "an entry of intervals_90_mm")
            for each in section.get("intervals_90_mm", list)
        ),
        balanced_accuracy=section.number("balanced_accuracy"),
        balanced_accuracy_interval_90=_ends(
            section.get("balanced_accuracy_interval_90", list), "balanced_accuracy_interval_90"
        ),
    )


def _ends(value: object, name: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{name} is {value!r:.60}; expected two numbers")
    low, high = (finite(each, name) for each in value)
    return low, high


def _problems(site: SiteLimits) -> list[str]:
    reference = site.reference_mm
    return [
        ""
        if site.model.isprintable() and 0 < len(site.model) <= _LONGEST_NAME
        else f"model.name is {site.model!r:.60}",
        "" if _SHA256.fullmatch(site.sha256) else f"model.sha256 is {site.sha256!r:.70}",
        "" if site.label in LABELS else f"model.label is {site.label!r:.60}, not of {LABELS}",
        "" if _is_time(site.created) else f"created is {site.created!r:.60}, no ISO 8601 time",
        ""
        if 0 < len(reference) <= MOST_SCORES
        else f"reference.scores_mm has {len(reference)} entries, not 1 to {MOST_SCORES}",
        ""
        if all(0 <= score <= _LARGEST_MM for score in reference)
        else f"reference.scores_mm has values outside 0 to {_LARGEST_MM:g} mm",
        ""
        if all(low <= high for low, high in pairwise(reference))
        else "reference.scores_mm is not ascending",
        ""
        if 0 < site.subjects <= len(reference)
        else f"reference.subjects is {site.subjects}, of {len(reference)} scans",
        "" if site.without_limits.isprintable() else "without_limits is not printable",
        "" if len(site.without_limits) <= _LONGEST_REASON else "without_limits is too long",
        *_problems_of_ratings(site.ratings),
        *([] if site.limits is None else _problems_of_limits(site)),
    ]


def _problems_of_ratings(ratings: tuple[RatedClass, ...]) -> list[str]:
    names = [rated.name for rated in ratings]
    return [
        "" if len(ratings) <= MOST_CLASSES else f"ratings has {len(ratings)} classes",
        "" if len(set(names)) == len(names) else "ratings has one class twice",
        *(
            f"class {rated.name!r:.60}: odd name or figures"
            for rated in ratings
            if not (
                rated.name.isprintable()
                and 0 < len(rated.name) <= LONGEST_CLASS_NAME
                and 0 < rated.subjects <= rated.scans <= MOST_SCORES
                and 0 <= rated.median_mm <= _LARGEST_MM
            )
        ),
    ]


def _problems_of_limits(site: SiteLimits) -> list[str]:
    limits = site.limits
    assert limits is not None
    if len(limits.mm) != len(site.ratings) - 1 or len(limits.intervals_90_mm) != len(limits.mm):
        return [f"limits.mm has {len(limits.mm)} entries for {len(site.ratings)} classes"]
    accuracies = (limits.balanced_accuracy, *limits.balanced_accuracy_interval_90)
    ends = (limits.balanced_accuracy_interval_90, *limits.intervals_90_mm)
    return [
        problem_of_classes(site.classes),
        ""
        if all(0 < mm < _LARGEST_MM for mm in limits.mm)
        else f"limits.mm has values outside 0 to {_LARGEST_MM:g} mm",
        "" if all(0 <= each <= 1 for each in accuracies) else "balanced_accuracy is no share",
        "" if all(low <= high for low, high in ends) else "an interval ends before it begins",
        "" if not site.without_limits else "without_limits is given beside limits",
    ]


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
