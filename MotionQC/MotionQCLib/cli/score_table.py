"""Scores for people: a table, then warnings and notes, then what to know about the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from MotionQCLib.archive.failure import Failure
from MotionQCLib.cli.short_names import short_names

if TYPE_CHECKING:
    from MotionQCLib.models import ModelMetadata, SiteLimits
    from MotionQCLib.scoring import Result

MOST_NAMES = 5
"""Scans that a warning lists by name."""
MOST_ROWS = 40
"""Scans that the table on the screen shows; of more, those with the highest scores."""


def print_scores(
    outcomes: Sequence[Result | Failure], metadata: ModelMetadata, site: SiteLimits | None
) -> None:
    """Print what has a score; why others have none has been said when it was known."""
    from MotionQCLib.cli.terminal import open_console

    results = [outcome for outcome in outcomes if not isinstance(outcome, Failure)]
    if not results:
        return
    console = open_console()
    shown = sorted(results, key=lambda each: -each.motion_score_mm)[:MOST_ROWS]
    console.print(result_table(results if len(results) <= MOST_ROWS else shown))
    if len(results) > MOST_ROWS:
        console.print(f"and {len(results) - MOST_ROWS} scans with lower scores", style="dim")
    for line in warning_lines(results):
        console.print(line, markup=False, style="yellow")
    for line in note_lines(results):
        console.print(line, markup=False, style="dim")
    console.print(model_notice(metadata, site), markup=False, style="dim")


def result_table(results: list[Result]) -> object:
    """A rich table with one row a result."""
    from rich.table import Table
    from rich.text import Text

    table = Table("Scan")
    table.add_column("Motion (mm)", justify="right")
    table.add_column("90 % interval (mm)", justify="right")
    table.add_column("Class (probability)")
    placed = any(result.site is not None for result in results)
    if placed:
        table.add_column("Higher than", justify="right")
    table.add_column("Warnings", justify="right")
    names = short_names(result.input for result in results)
    for result in results:
        share = result.qc.probability[result.qc.name]
        table.add_row(
            Text(names[result.input], overflow="fold"),
            result.score_text,
            result.interval_text,
            Text(f"{result.qc.name} ({share:.0%})"),
            *([_place(result)] if placed else []),
            str(len(result.warnings)) if result.warnings else "",
        )
    return table


def _place(result: Result) -> str:
    from MotionQCLib.scoring.result import whole_percent

    site = result.site
    return f"{whole_percent(site.percentile)} % of {site.scans} scans" if site is not None else ""


def warning_lines(results: list[Result]) -> list[str]:
    """One line a distinct warning, with the scans that it is about."""
    names = short_names(result.input for result in results)
    return _grouped(
        (f"{warning.message} ({warning.code})", names[result.input])
        for result in results
        for warning in result.warnings
    )


def note_lines(results: list[Result]) -> list[str]:
    """One line a distinct note of a scan's reader, with the scans that it is about."""
    names = short_names(result.input for result in results)
    return _grouped(
        (note.rstrip("."), names[result.input]) for result in results for note in result.notes
    )


def _grouped(remarks: Iterable[tuple[str, str]]) -> list[str]:
    """Each remark once, with the names of the scans that it was made on."""
    concerned: dict[str, list[str]] = {}
    for remark, name in remarks:
        concerned.setdefault(remark, []).append(name)
    return [f"{remark}: {_enumerate(names)}" for remark, names in concerned.items()]


def _enumerate(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def model_notice(metadata: ModelMetadata, site: SiteLimits | None = None) -> str:
    """What to know about the figures above it."""
    from MotionQCLib.scoring import RESEARCH_USE

    return (
        f"Model {metadata.name} {metadata.version} ({metadata.status}), score “{metadata.label}”; "
        f"interval calibrated on {metadata.interval.calibrated_on}{_basis(metadata, site)}. "
        f"{RESEARCH_USE}"
    )


def _basis(metadata: ModelMetadata, site: SiteLimits | None) -> str:
    if site is not None and site.classes:
        limits = ", ".join(f"{each.high:.2f}" for each in site.classes if each.high is not None)
        return f"; class by the site's own limits ({limits} mm)"
    return "; class by the ratings that the model was fitted to" if metadata.ratings else ""
