"""Fine-tuning on a user's own ratings: from a manifest and a base model to a model that rates.

Read top-down: which scans are rated, their maps, what a cross-validation says of such heads, the
head of all scans, the files. The encoder is frozen unless asked otherwise, and its maps are kept,
so that a second run takes seconds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, ModelMetadata, RatingHead, save_bundle
from MotionQCTraining.counted import counted
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.provenance import known_scans, subjects_by_site
from MotionQCTraining.embeddings import embed
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.judging.classes import class_figures, too_few
from MotionQCTraining.judging.confusion_figure import confusion_figure
from MotionQCTraining.ratings.cross_validation import calibrated, out_of_fold
from MotionQCTraining.ratings.head_fitting import (
    HeadFitting,
    branch_weights,
    frozen_layers,
    reduced,
)
from MotionQCTraining.ratings.rated_scans import RatedScans, rated_scans
from MotionQCTraining.ratings.rating_card import rating_card

Outputs = NDArray[np.float64]


@dataclass(frozen=True)
class Finetuned:
    """What a run gave.

    Parameters
    ----------
    model : Path
        The model file.
    figures : dict
        ``scans``, ``subjects``, ``classes``; and ``estimate``, or None and why not in ``refused``.
    """

    model: Path
    figures: dict[str, Any]


def finetune(
    config: FinetuneConfig,
    rows: Sequence[Row],
    base: ModelBundle,
    output: Path,
    *,
    strict: bool = False,
    report: Callable[[str], None] = print,
) -> Finetuned:
    """Fit a head to ratings, estimate how good it is, and write a model.

    Parameters
    ----------
    config : FinetuneConfig
        The run.
    rows : sequence of Row
        Scans; those without a rating are left aside.
    base : ModelBundle
        The model whose encoder is used. Its motion score stays as it is; a head of ratings that it
        has already is replaced.
    output : Path
        The run folder: kept maps, figures, ``model/``.
    strict : bool
        Whether ratings too few for an estimate are a fault.
    report : callable
        Told of every step.

    Raises
    ------
    InputError
        Ratings do not make classes, scans cannot be read, or one image has two persons' names;
        with ``strict``, ``too-few-ratings``.
    """
    scans = rated_scans(rows, config)
    head = config.head(scans.classes, len(scans))
    refused = _refused(scans, config)
    if refused and strict:
        raise InputError("too-few-ratings", f"no estimate: {refused}")
    report(_begun(scans, len(rows) - len(scans), head))
    embedded = embed(
        scans.rows, base, output / "embeddings", layers=frozen_layers(head), report=report
    )
    fitting = HeadFitting(head, base, reduced(embedded.maps, head), scans, config)
    figures = _counts(scans)
    if refused:
        figures |= {"estimate": None, "refused": refused}
    else:
        head, figures["estimate"] = _judged(fitting, embedded.sums, output, report)
    report("fitting the head to all scans")
    branch = fitting.fit(np.arange(len(scans)), seed=config.seed)
    weights = {name: a for name, a in base.weights.items() if not name.startswith("ratings.")}
    metadata = _metadata(config, base.metadata, head, scans, embedded.sums, figures)
    path = output / "model" / f"{config.name}.safetensors"
    save_bundle(path, {**weights, **branch_weights(branch)}, metadata)
    write_atomically(path.with_suffix(".md"), rating_card(metadata))
    write_atomically(output / "metrics.json", json.dumps(figures, indent=1, ensure_ascii=False))
    return Finetuned(path, figures)


def summary(figures: dict[str, Any]) -> str:
    """Return the estimate as a few lines, or the one that says why there is none."""
    estimate = figures["estimate"]
    if estimate is None:
        return f"no estimate of how good this model is: {figures['refused']}"
    lines = [
        f"estimate by {estimate['method']}; {estimate['level']:.0%} intervals over subjects:",
        f"  balanced accuracy {_interval(estimate['balanced_accuracy'])}, "
        f"chance {estimate['chance']:.2f}",
    ]
    lines += [f"  F1 of {name}: {_interval(figure)}" for name, figure in estimate["f1"].items()]
    return "\n".join(lines)


def _interval(figure: dict[str, Any]) -> str:
    if figure["interval"] is None:
        return f"{figure['value']:.2f}"
    low, high = figure["interval"]
    return f"{figure['value']:.2f} ({low:.2f} to {high:.2f})"


def _begun(scans: RatedScans, aside: int, head: RatingHead) -> str:
    """What is fitted to what, in a line."""
    without = f" ({aside} without a rating)" if aside else ""
    subjects = counted(len(set(scans.persons)), "subject")
    scale = "steps of a scale" if head.ordinal else "classes"
    reads = "the averaged features" if head.features == "average" else "the whole map"
    layers = "" if head.own_layers == "none" else f", encoder fitted from {head.own_layers} on"
    return (
        f"{counted(len(scans), 'rated scan')}{without} of {subjects}; {len(head.classes)} {scale} "
        f"({', '.join(head.classes)}); a head on {reads}{layers}"
    )


def _refused(scans: RatedScans, config: FinetuneConfig) -> str:
    return too_few(
        scans.labels,
        scans.persons,
        scans.classes,
        least_scans=config.least_scans,
        least_subjects=config.least_subjects,
    )


def _counts(scans: RatedScans) -> dict[str, Any]:
    who = np.array(scans.persons)
    return {
        "scans": len(scans),
        "subjects": len(set(scans.persons)),
        "classes": {
            name: {
                "scans": int((scans.labels == index).sum()),
                "subjects": len(set(who[scans.labels == index])),
            }
            for index, name in enumerate(scans.classes)
        },
    }


def _judged(
    fitting: HeadFitting, sums: Sequence[str], output: Path, report: Callable[[str], None]
) -> tuple[RatingHead, dict[str, Any]]:
    """Cross-validate; return the head with a temperature, and the estimate of how good it is."""
    scans = fitting.scans
    outputs = out_of_fold(fitting, sums, report)
    subjects = counted(len(set(scans.persons)), "subject")
    ratings = f"the ratings of {counted(len(scans), 'scan')} of {subjects}, by cross-validation"
    head = replace(calibrated(fitting.head, outputs, scans.labels), calibrated_on=ratings)
    estimate = _estimate(head, outputs, scans, fitting.config)
    _write_predictions(output, head, outputs, scans, estimate)
    return head, estimate


def _estimate(
    head: RatingHead, outputs: Outputs, scans: RatedScans, config: FinetuneConfig
) -> dict[str, Any]:
    figures = class_figures(
        scans.labels,
        head.probability(outputs).argmax(axis=-1),
        scans.persons,
        scans.classes,
        level=config.level,
        draws=config.draws,
        seed=config.seed,
    )
    times = "once" if config.repeats == 1 else f"{config.repeats} times"
    method = f"{config.folds}-fold cross-validation by subject, stratified by rating, {times}"
    return {"method": method, **figures}


def _write_predictions(
    output: Path, head: RatingHead, outputs: Outputs, scans: RatedScans, estimate: dict[str, Any]
) -> None:
    """Write what heads said of scans that they had not seen: a picture, and a row a scan."""
    balanced = _interval(estimate["balanced_accuracy"])
    title = f"{estimate['method']}\nbalanced accuracy {balanced}"
    picture = confusion_figure(estimate["confusion"], scans.classes, title)
    write_atomically(output / "confusion.png", picture)
    probability = head.probability(outputs).mean(axis=0)
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    columns = [f"probability_{name}" for name in scans.classes]
    writer.writerow(["path", "subject", "site", "rating", "predicted", *columns])
    for row, shares in zip(scans.rows, probability, strict=True):
        predicted = scans.classes[int(shares.argmax())]
        numbers = [f"{share:.4f}" for share in shares]
        writer.writerow([row.path, row.subject, row.site, row.rating, predicted, *numbers])
    write_atomically(output / "predictions.tsv", stream.getvalue())


def _metadata(
    config: FinetuneConfig,
    base: ModelMetadata,
    head: RatingHead,
    scans: RatedScans,
    sums: Sequence[str],
    figures: dict[str, Any],
) -> ModelMetadata:
    """Return the base's metadata with what the ratings add; no name of a rated subject is in it."""
    seen = known_scans(base)
    ratings = {
        "base": {"name": base.name, "version": base.version, "sha256": base.sha256},
        "subjects": subjects_by_site(scans.rows),
        "scans_of_base": sum(checksum in seen for checksum in sums),
        "configuration": asdict(config),
    }
    training = {
        **base.training,
        "scans": {**dict.fromkeys(sums, "ratings"), **seen},
        "ratings": ratings,
    }
    return replace(
        base,
        name=config.name,
        version=config.version,
        ratings=head,
        training=training,
        metrics={**base.metrics, "ratings": figures},
    )
