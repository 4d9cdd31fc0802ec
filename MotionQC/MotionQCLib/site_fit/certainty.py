"""How sure limits are: what they would be, and how they would do, on other subjects.

Scans of one subject are no independent observations. So whole subjects are left out, and whole
subjects are drawn, with replacement, for the intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from MotionQCLib.models.metadata import INTERVAL_LEVEL
from MotionQCLib.site_fit.limits import (
    Labels,
    Scores,
    balanced_accuracy,
    classes_of,
    fit_limits,
)

_DRAWS = 1000
_SEED = 0
_ENDS = (50 * (1 - INTERVAL_LEVEL), 50 * (1 + INTERVAL_LEVEL))


def left_out_classes(
    scores_mm: Scores, labels: Labels, persons: Sequence[str], classes: int
) -> Labels:
    """Return the class `(N,)` of each scan by limits fitted to the other persons' scans.

    Parameters
    ----------
    scores_mm, labels : (N,) arrays
        As `fit_limits` takes them; every class has scans of two persons or more.
    persons : sequence of N
        Whose scan each is.
    classes : int
        Number of classes.

    Raises
    ------
    ValueError
        Without one of the persons the limits cannot be fitted.
    """
    who = np.array(persons)
    predicted = np.zeros_like(labels)
    for person in sorted(set(persons)):
        out = who == person
        limits = fit_limits(scores_mm[~out], labels[~out], classes)
        predicted[out] = classes_of(scores_mm[out], limits)
    return predicted


def limit_intervals(
    scores_mm: Scores, labels: Labels, persons: Sequence[str], classes: int
) -> tuple[tuple[float, float], ...]:
    """Return the 90 % interval of each limit, mm: its spread over draws of the persons.

    Draws that cannot be fitted, for want of a class, are left out. Arguments and errors as in
    `left_out_classes`; ValueError also where no draw can be fitted.
    """
    fitted = []
    for drawn in _draws(persons):
        try:
            fitted.append(fit_limits(scores_mm[drawn], labels[drawn], classes))
        except ValueError:
            continue
    if not fitted:
        raise ValueError("no draw of the persons has every class")
    low, high = np.percentile(fitted, _ENDS, axis=0)
    return tuple(zip(low.tolist(), high.tolist(), strict=True))


def accuracy_interval(
    truth: Labels, predicted: Labels, persons: Sequence[str], classes: int
) -> tuple[float, float]:
    """Return the 90 % interval of the balanced accuracy of predictions `(N,)`, over the persons.

    Draws without some class are left out.

    Raises
    ------
    ValueError
        Every draw lacks a class.
    """
    accuracies = [
        balanced_accuracy(truth[drawn], predicted[drawn], classes)
        for drawn in _draws(persons)
        if len(np.unique(truth[drawn])) == classes
    ]
    if not accuracies:
        raise ValueError("no draw of the persons has every class")
    low, high = np.percentile(accuracies, _ENDS)
    return float(low), float(high)


def _draws(persons: Sequence[str]) -> Iterator[Labels]:
    """Numbers of the scans of persons drawn with replacement, the same draws every time."""
    who = np.array(persons)
    members = [np.flatnonzero(who == name) for name in sorted(set(persons))]
    rng = np.random.default_rng(_SEED)
    for _ in range(_DRAWS):
        yield np.concatenate([members[n] for n in rng.integers(len(members), size=len(members))])
