"""The limits between classes of a scale that put most scores into the class of their rating.

Every class counts the same, however many scans it has: what is smallest is the balanced error, the
mean over the classes of the share of their scans that lie elsewhere. A limit stands midway between
two neighbouring scores. Of limits that are equally good the lowest are taken, the first of all:
in doubt a scan counts as moved rather than as still.
"""

from __future__ import annotations

from math import lcm

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.intp]


def fit_limits(scores_mm: Scores, labels: Labels, classes: int) -> tuple[float, ...]:
    """Return the `classes - 1` limits, mm, strictly ascending.

    Parameters
    ----------
    scores_mm : (N,) array
        Scores.
    labels : (N,) array
        Class of each, 0 for least motion; every class at least once.
    classes : int
        Number of classes.

    Raises
    ------
    ValueError
        A class is absent, or there are fewer different scores than classes.
    """
    different, place = np.unique(scores_mm, return_inverse=True)
    counts = np.zeros((classes, len(different)), int)
    np.add.at(counts, (labels, place), 1)
    totals = counts.sum(axis=1)
    if len(different) < classes or not totals.all():
        raise ValueError(
            f"{len(different)} different scores of {np.count_nonzero(totals)} classes; "
            f"{classes} classes take as many of both"
        )
    cuts = _best_cuts(_gains(counts))
    return tuple(float(different[cut - 1] + different[cut]) / 2 for cut in cuts)


def classes_of(scores_mm: Scores, limits_mm: tuple[float, ...]) -> Labels:
    """Return the class `(N,)` that each score `(N,)` lies in; at a limit, the one above it."""
    return np.searchsorted(limits_mm, scores_mm, side="right")


def balanced_accuracy(truth: Labels, predicted: Labels, classes: int) -> float:
    """Return the mean over the classes of the share of their scans that were put into them."""
    return float(np.mean([np.mean(predicted[truth == each] == each) for each in range(classes)]))


def _gains(counts: NDArray[np.int_]) -> NDArray[np.object_]:
    """What a class gains by the scans up to each cut, `(classes, scores + 1)`.

    Shares as whole numbers over one denominator, so that equally good limits are exactly equal.
    """
    totals = [int(total) for total in counts.sum(axis=1)]
    denominator = lcm(*totals)
    gains = np.zeros((len(counts), counts.shape[1] + 1), object)
    for each, total in enumerate(totals):
        gains[each, 1:] = np.cumsum(counts[each]).astype(object) * (denominator // total)
    return gains


def _best_cuts(gains: NDArray[np.object_]) -> list[int]:
    """How many of the ascending scores lie below each limit, by dynamic programming."""
    classes, last = gains.shape[0], gains.shape[1] - 1
    # `promise[k][c]`: what class k and those above it gain where class k ends at the cut c, but for
    # what class k loses by beginning where it does.
    promise: list[NDArray[np.object_]] = []
    above = gains[-1, last] - gains[-1]
    for each in range(classes - 2, -1, -1):
        reach = gains[each] + above
        promise.insert(0, reach)
        # From each beginning on, the best end; a class holds one score or more.
        most = last - (classes - 2 - each)
        best = np.maximum.accumulate(reach[1:most][::-1])[::-1]
        above = np.zeros(last + 1, object)
        above[: most - 1] = best - gains[each, : most - 1]
    cuts, begin = [], 0
    for each, reach in enumerate(promise):
        ends = reach[begin + 1 : last - (classes - 2 - each)]
        begin += 1 + int(np.argmax(ends))
        cuts.append(begin)
    return cuts
