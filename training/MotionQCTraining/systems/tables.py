"""Tables and figures of a paper as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.atomic_file import write_atomically
from MotionQCTraining.judging.classes import class_figures, f1_and_recall, person_confusion
from MotionQCTraining.judging.confusion_figure import confusion_figure
from MotionQCTraining.systems.resources import Resources

Labels = NDArray[np.intp]
_LEVEL = 0.9
_DRAWS = 2000


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write records as CSV, numbers with four digits; what is None stays empty."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    write_atomically(path, stream.getvalue())


def resource_row(stage: str, resources: Resources) -> dict[str, Any]:
    """Return a row of the table of resources."""
    energy = None if resources.power_w is None else resources.power_w * resources.duration_s / 3.6e6
    return {
        "stage": stage,
        "peak_memory_gb": resources.peak_memory_gb,
        "memory_of": resources.memory_of,
        "mean_power_w": resources.power_w,
        "energy_kwh": energy,
        "duration_s": resources.duration_s,
    }


def judged(
    truth: Labels, predicted: Labels, persons: Sequence[str], classes: Sequence[str], seed: int
) -> dict[str, Any]:
    """Return the figures of ``class_figures``, and balanced accuracy and F1 of ``each`` repeat.

    Parameters
    ----------
    truth : (N,) array
        Index of every scan's class.
    predicted : (R, N) array
        What R networks say.
    persons : sequence of N
        Whose scan each is.
    classes : sequence of str
        Their names.
    seed : int
        Of the bootstrap.
    """
    figures = class_figures(
        truth, predicted, persons, classes, level=_LEVEL, draws=_DRAWS, seed=seed
    )
    table = person_confusion(truth, predicted, persons, len(classes)).sum(axis=0)
    f1, recall = f1_and_recall(table)
    figures["each"] = {"balanced_accuracy": recall.mean(axis=-1), "f1": f1}
    return figures


def plain_figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of ``judged`` as JSON has them."""
    return {**figures, "each": {name: value.tolist() for name, value in figures["each"].items()}}


def figure_columns(name: str, figure: Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure as three columns: value and ends of its 90 % interval over subjects."""
    low, high = figure["interval"] or (None, None)
    return {name: figure["value"], f"{name}_low": low, f"{name}_high": high}


def write_confusion(
    path: Path, confusion: Sequence[Sequence[float]], classes: Sequence[str], title: str
) -> None:
    """Write a confusion matrix as CSV and PNG: rows are ratings, columns predictions."""
    rows = [
        {"rated": name, **dict(zip(classes, counts, strict=True))}
        for name, counts in zip(classes, confusion, strict=True)
    ]
    write_table(path.with_suffix(".csv"), rows)
    write_atomically(path.with_suffix(".png"), confusion_figure(confusion, classes, title))


def _cell(value: Any) -> Any:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else value
