"""What a finished run made, as rich text: how good the model is, in figures and in a table."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.models import load_metadata


def result_text(session: Mapping[str, Any]) -> str:
    """Return the result of a session as ``run.json`` has it (``model``, perhaps ``figures``)."""
    figures = session.get("figures")
    if isinstance(figures, Mapping):
        return _ratings(figures)
    return _validation(Path(str(session.get("model", ""))))


def _ratings(figures: Mapping[str, Any]) -> str:
    counts = _("Fitted to the ratings of {scans} scans of {subjects} subjects.").format(
        scans=figures["scans"], subjects=figures["subjects"]
    )
    estimate = figures.get("estimate")
    if estimate is None:
        why = html.escape(str(figures.get("refused", "")))
        return f"<p>{counts}</p><p><b>{_('How good it is, cannot be said')}</b>: {why}.</p>"
    balanced = _("<b>Balanced accuracy {value}</b>; chance is {chance:.2f}.").format(
        value=_figure(estimate["balanced_accuracy"]), chance=estimate["chance"]
    )
    if _reaches_chance(estimate):
        balanced += " " + _("It is not shown to be better than chance.")
    how = _("Estimated on scans not used for fitting ({method}); {level:.0f} % intervals.").format(
        method=html.escape(estimate["method"]), level=100 * estimate["level"]
    )
    rows = [
        [html.escape(name), _figure(estimate["f1"][name]), _figure(estimate["recall"][name])]
        for name in figures["classes"]
    ]
    by_class = _table([_("rating"), _("F1"), _("found (recall)")], rows)
    return (
        f"<p>{balanced}</p>{by_class}"
        f"{_confusion(list(figures['classes']), estimate['confusion'])}"
        f"<p>{counts} {how}</p>"
    )


def _reaches_chance(estimate: Mapping[str, Any]) -> bool:
    interval = estimate["balanced_accuracy"]["interval"]
    return interval is None or interval[0] <= estimate["chance"]


def _confusion(classes: Sequence[str], table: Sequence[Sequence[float]]) -> str:
    """Rows are ratings, columns what the model says; mean numbers of scans."""
    names = [html.escape(name) for name in classes]
    head = [_("rated ↓ model says →"), *names]
    rows = []
    for name, counts in zip(names, table, strict=True):
        rows.append([name, *(f"{count:.1f}".removesuffix(".0") for count in counts)])
        rows[-1][1 + names.index(name)] = f"<b>{rows[-1][1 + names.index(name)]}</b>"
    return _table(head, rows)


def _validation(model: Path) -> str:
    try:
        found = load_metadata(model).metrics.get("validation", {})
    except InputError as error:
        return f"<p>{html.escape(error.message)}</p>"
    named = {
        "r2": _("R² of the motion score (1 is perfect)"),
        "mae_mm": _("mean absolute error (mm)"),
        "spearman": _("rank correlation"),
        "still_below_moved": _("pairs of a still and a moved scan put in order"),
        "interval_coverage": _("share of true scores within the 90 % interval"),
    }
    rows = [
        [title, f"{found[name]:.2f}"]
        for name, title in named.items()
        if found.get(name) is not None
    ]
    on = _("On {volumes} volumes with simulated motion, of {persons} subjects held out.").format(
        volumes=found.get("volumes", 0), persons=found.get("persons", 0)
    )
    return _table([_("validation"), ""], rows) + f"<p>{on}</p>"


def _figure(figure: Mapping[str, Any]) -> str:
    if figure["interval"] is None:
        return f"{figure['value']:.2f}"
    low, high = figure["interval"]
    return _("{value:.2f} ({low:.2f} to {high:.2f})").format(
        value=figure["value"], low=low, high=high
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    heads = "".join(f"<th align='left'>{title}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table cellspacing='6'><tr>{heads}</tr>{body}</table>"
