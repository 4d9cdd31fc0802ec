"""From a site's scored and rated scans to its limits and its reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import pairwise

import numpy as np

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelMetadata, SiteLimits
from MotionQCLib.models.site_limits import MOST_SCORES, FittedLimits, RatedClass
from MotionQCLib.site_fit.certainty import accuracy_interval, left_out_classes, limit_intervals
from MotionQCLib.site_fit.limits import balanced_accuracy, fit_limits
from MotionQCLib.site_fit.scale import plain_ratings, scale_of

LEAST_SCANS = 5
LEAST_SUBJECTS = 3


@dataclass(frozen=True)
class ScoredScan:
    """A scan of a site.

    Parameters
    ----------
    score_mm
        What the model says, mm.
    person
        Whose scan it is, unique over the site.
    rating
        What a rater says; empty where nobody rated it.
    """

    score_mm: float
    person: str
    rating: str = ""


def fit_site(
    scans: Sequence[ScoredScan], metadata: ModelMetadata, order: Sequence[str] = ()
) -> SiteLimits:
    """Return the limits between a site's own classes, and its scores as a reference.

    All scans make the reference, the rated ones the limits; the order of the scans does not matter.
    There are no limits, and it is said why, where a class has fewer than 5 scans or 3 subjects, or
    where the classes' median scores do not rise in the order of the scale.

    Parameters
    ----------
    scans
        One or more.
    metadata
        The model that scored them.
    order
        The ratings from least motion to most, see `scale.scale_of`.

    Raises
    ------
    InputError
        `ratings`: nothing tells their order, or `order` is not theirs. `too-many-scans`.
    """
    if len(scans) > MOST_SCORES:
        raise InputError(
            "too-many-scans", f"{len(scans)} scans; give {MOST_SCORES} of them at most."
        )
    ranked = sorted(scans, key=lambda scan: (scan.score_mm, scan.person, scan.rating))
    rated = [scan for scan in ranked if scan.rating]
    plain = plain_ratings([scan.rating for scan in rated])
    rated = [replace(scan, rating=name) for scan, name in zip(rated, plain, strict=True)]
    scale = scale_of(plain, order) if rated else ()
    limits, reason = _limits(rated, scale)
    return SiteLimits(
        model=metadata.name,
        sha256=metadata.sha256,
        label=metadata.label,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        reference_mm=tuple(scan.score_mm for scan in ranked),
        subjects=len({scan.person for scan in ranked}),
        ratings=tuple(_rated_class(name, rated) for name in scale if name in plain),
        limits=limits,
        without_limits=reason,
    )


def _limits(rated: Sequence[ScoredScan], scale: Sequence[str]) -> tuple[FittedLimits | None, str]:
    if reason := _why_none(rated, scale):
        return None, reason
    scores = np.array([scan.score_mm for scan in rated])
    labels = np.array([scale.index(scan.rating) for scan in rated])
    persons, classes = [scan.person for scan in rated], len(scale)
    try:
        predicted = left_out_classes(scores, labels, persons, classes)
        fitted = FittedLimits(
            fit_limits(scores, labels, classes),
            limit_intervals(scores, labels, persons, classes),
            balanced_accuracy(labels, predicted, classes),
            accuracy_interval(labels, predicted, persons, classes),
        )
    except ValueError as error:
        return None, f"the limits cannot be fitted: {error}"
    return fitted, ""


def _why_none(rated: Sequence[ScoredScan], scale: Sequence[str]) -> str:
    """Why there are to be no limits; empty where there may be."""
    if not rated:
        return "no scan is rated"
    if len(scale) < 2:
        return f"every rated scan is rated “{scale[0]}”; limits take two classes or more"
    return _too_few(rated, scale) or _out_of_order(rated, scale)


def _too_few(rated: Sequence[ScoredScan], scale: Sequence[str]) -> str:
    faults = []
    for name in scale:
        persons = [scan.person for scan in rated if scan.rating == name]
        if len(persons) < LEAST_SCANS or len(set(persons)) < LEAST_SUBJECTS:
            faults.append(f"“{name}” has {len(persons)} of {len(set(persons))}")
    if not faults:
        return ""
    return (
        f"too few scans are rated: limits take {LEAST_SCANS} scans of {LEAST_SUBJECTS} subjects in "
        f"every class, and {', '.join(faults)}; rate more, or give neighbouring classes one name"
    )


def _out_of_order(rated: Sequence[ScoredScan], scale: Sequence[str]) -> str:
    medians = [_rated_class(name, rated).median_mm for name in scale]
    if all(low < high for low, high in pairwise(medians)):
        return ""
    told = ", ".join(
        f"“{name}” {median:.2f} mm" for name, median in zip(scale, medians, strict=True)
    )
    return (
        f"median scores do not rise in the order of the ratings ({told}); check the ratings, and "
        "give their order from least motion to most"
    )


def _rated_class(name: str, rated: Sequence[ScoredScan]) -> RatedClass:
    own = [scan for scan in rated if scan.rating == name]
    median = float(np.median([scan.score_mm for scan in own]))
    return RatedClass(name, len(own), len({scan.person for scan in own}), median)
