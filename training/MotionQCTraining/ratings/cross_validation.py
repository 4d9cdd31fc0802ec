"""What heads say of scans of persons whom they were not fitted to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.models import RatingHead
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.splits import folds, require_no_leak
from MotionQCTraining.ratings.head_fitting import HeadFitting

_LOG_TEMPERATURES = (-3.0, 3.0)


def out_of_fold(
    fitting: HeadFitting, sums: Sequence[str], report: Callable[[str], None] = lambda _: None
) -> NDArray[np.float64]:
    """Return outputs ``(repeats, N, outputs)`` of heads fitted without the scan's person.

    Parameters
    ----------
    fitting : HeadFitting
        The head and the scans; its configuration says how many folds and repeats.
    sums : sequence of N str
        Checksums of the scans: one image under the names of two persons is a leak.
    report : callable
        Told of every repeat.

    Raises
    ------
    InputError
        ``leak``, or ``split`` where the persons are fewer than the folds.
    """
    config, rows = fitting.config, fitting.scans.rows
    place = {id(row): index for index, row in enumerate(rows)}
    # Before the folds: whether the two fall into one would be chance.
    by_person: dict[str, list[Row]] = {}
    for row in rows:
        by_person.setdefault(row.person, []).append(row)
    require_no_leak(by_person, dict(zip(rows, sums, strict=True)))
    outputs = np.full((config.repeats, len(rows), fitting.head.outputs), np.nan)
    for repeat in range(config.repeats):
        report(f"cross-validation {repeat + 1} of {config.repeats}")
        for number, fold in enumerate(folds(rows, config.folds, seed=config.seed + repeat)):
            train, test = (
                np.array([place[id(row)] for row in part]) for part in (fold.train, fold.test)
            )
            branch = fitting.fit(train, seed=config.seed + 1000 * repeat + number)
            outputs[repeat, test] = fitting.outputs(branch, test)
    assert np.isfinite(outputs).all(), "every scan is tested once a repeat"
    return outputs


def calibrated(
    head: RatingHead, outputs: NDArray[np.float64], labels: NDArray[np.intp]
) -> RatingHead:
    """Return the head at the temperature at which the true classes are likeliest.

    Targets fall short of certainty, the more the fewer scans a class has (Platt 1999): where a few
    scans are all judged rightly, that is no reason to be sure of every other.

    Parameters
    ----------
    head : RatingHead
        The head.
    outputs : (R, N, outputs) array
        Of scans that were held out.
    labels : (N,) array
        Index of their classes.
    """
    from scipy.optimize import minimize_scalar

    targets = _targets(labels, len(head.classes))

    def negative_log_likelihood(log_temperature: float) -> float:
        at = replace(head, temperature=float(np.exp(log_temperature)))
        likelihood = np.log(np.maximum(at.probability(outputs), 1e-12))
        return -float((targets * likelihood).sum(axis=-1).mean())

    found = minimize_scalar(negative_log_likelihood, bounds=_LOG_TEMPERATURES, method="bounded")
    return replace(head, temperature=float(np.exp(found.x)))


def _targets(labels: NDArray[np.intp], classes: int) -> NDArray[np.float64]:
    """Probabilities ``(N, classes)`` that scans of these classes deserve."""
    counts = np.bincount(labels, minlength=classes)[labels]
    certain = (counts + 1) / (counts + 2)
    targets = np.repeat((1 - certain)[:, np.newaxis] / (classes - 1), classes, axis=1)
    targets[np.arange(len(labels)), labels] = certain
    return targets
