"""How well predicted classes agree with ratings, how sure that is, and when it cannot be said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCTraining.counted import counted

Labels = NDArray[np.intp]
_Float = NDArray[np.float64]


def too_few(
    labels: Labels,
    persons: Sequence[str],
    classes: Sequence[str],
    *,
    least_scans: int,
    least_subjects: int,
) -> str:
    """Return why ratings are too few to say how good a model is; empty where they are not.

    Parameters
    ----------
    labels : (N,) array
        Index of every scan's class.
    persons : sequence of N
        Whose scan each is.
    classes : sequence of str
        Names of the classes.
    least_scans, least_subjects : int
        What every class needs.
    """
    who = np.array(persons)
    faults = []
    for index, name in enumerate(classes):
        scans, subjects = int((labels == index).sum()), len(set(who[labels == index]))
        if scans < least_scans or subjects < least_subjects:
            faults.append(
                f"“{name}” has {counted(scans, 'scan')} of {counted(subjects, 'subject')}"
            )
    if not faults:
        return ""
    return (
        f"{', '.join(faults)}; an estimate takes {least_scans} scans of {least_subjects} subjects "
        "in every class"
    )


def class_figures(
    truth: Labels,
    predicted: Labels,
    persons: Sequence[str],
    classes: Sequence[str],
    *,
    level: float,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Return figures of predicted classes, with intervals by bootstrap over the persons.

    Parameters
    ----------
    truth : (N,) array
        Index of every scan's class, every class at least once.
    predicted : (R, N) array
        Predictions; figures are means over the R repeats.
    persons : sequence of N
        Whose scan each is: persons are drawn anew, with all of their scans.
    classes : sequence of K str
        Names of the classes.
    level : float
        Level of the intervals.
    draws : int
        Bootstrap samples.
    seed : int
        Their seed.

    Returns
    -------
    dict
        ``balanced_accuracy``, and by class ``f1`` and ``recall``, each with ``value`` and
        ``interval``; ``confusion``: rows are ratings, columns predictions, scans a repeat.
    """
    table = person_confusion(truth, predicted, persons, len(classes))
    whole = table.sum(axis=0)
    drawn = bootstrap(table, draws=draws, seed=seed)
    f1, recall = (each.mean(axis=0) for each in f1_and_recall(whole))
    f1_drawn, recall_drawn = (each.mean(axis=1) for each in f1_and_recall(drawn))

    def by_class(values: _Float, sampled: _Float) -> dict[str, Any]:
        return {
            name: _figure(values[index], sampled[:, index], level)
            for index, name in enumerate(classes)
        }

    return {
        "level": level,
        "balanced_accuracy": _figure(recall.mean(), recall_drawn.mean(axis=1), level),
        "chance": 1 / len(classes),
        "f1": by_class(f1, f1_drawn),
        "recall": by_class(recall, recall_drawn),
        "confusion": whole.mean(axis=0).tolist(),
    }


def person_confusion(
    truth: Labels, predicted: Labels, persons: Sequence[str], classes: int
) -> _Float:
    """Return the confusion ``(P, R, K, K)`` of each person's scans in each repeat."""
    names = sorted(set(persons))
    who = np.array([names.index(person) for person in persons])
    table = np.zeros((len(names), len(predicted), classes, classes))
    for repeat, each in enumerate(predicted):
        np.add.at(table[:, repeat], (who, truth, each), 1)
    return table


def bootstrap(table: _Float, *, draws: int, seed: int) -> _Float:
    """Return confusions ``(D, R, K, K)`` of persons drawn with replacement.

    A draw without any scan of some class says nothing of it and is left out: D may be less than
    ``draws``.
    """
    persons = len(table)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(persons, np.full(persons, 1 / persons), size=draws)
    drawn = np.tensordot(times.astype(float), table, axes=1)
    complete = (drawn[:, 0].sum(axis=-1) > 0).all(axis=-1)
    return drawn[complete]


def f1_and_recall(table: _Float) -> tuple[_Float, _Float]:
    """Return both ``(..., K)`` of confusions ``(..., K, K)``; rows are ratings, none of them empty.

    The mean of the recalls is the balanced accuracy.
    """
    hits = np.diagonal(table, axis1=-2, axis2=-1)
    rated, said = table.sum(axis=-1), table.sum(axis=-2)
    return 2 * hits / (rated + said), hits / rated


def _figure(value: float, drawn: _Float, level: float) -> dict[str, Any]:
    tail = 100 * (1 - level) / 2
    interval = np.percentile(drawn, [tail, 100 - tail]).tolist() if len(drawn) else None
    return {"value": float(value), "interval": interval}
