"""The tables of a report, as text for a terminal and as Markdown for a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Report = dict[str, Any]
_AGREEMENT = (
    ("persons", "subjects", "d"),
    ("volumes", "volumes", "d"),
    ("r2", "R²", ".2f"),
    ("r2_correlation", "squared correlation", ".2f"),
    ("spearman", "Spearman", ".2f"),
    ("mae_mm", "MAE (mm)", ".2f"),
    ("still_below_moved", "still below moved ≥ 1.5 mm", ".0%"),
    ("still_mean_mm", "mean score of still scans (mm)", ".2f"),
    ("interval_coverage", "inside 90 % interval", ".0%"),
)


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    title, about : str
        What it shows, and how that came about.
    head : tuple of str
        Titles of the columns.
    rows : tuple of tuples of str
        Cells.
    """

    title: str
    about: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> list[str]:
        """Return the lines of the table in Markdown, under a heading."""
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        table = ["| " + " | ".join(row) + " |" for row in lines]
        return [f"### {self.title}", *([self.about] if self.about else []), "", *table, ""]

    def text(self) -> str:
        """Return aligned text."""
        lines = [self.head, *self.rows]
        widths = [max(len(row[n]) for row in lines) for n in range(len(self.head))]
        aligned = [
            "  ".join(
                cell.ljust(width) if n == 0 else cell.rjust(width)
                for n, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in lines
        ]
        return "\n".join([self.title, *aligned])


def tables(report: Report) -> list[Table]:
    """Return the tables of all that a report holds, the aims first."""
    found = [
        _aims(report),
        _agreement(
            "Held-out subjects and left-out sources",
            "Every scan as it is and moved by steps, steps with return and swallows, on its own "
            "grid; scores spread over 0 to 4 mm. Left out of training: "
            f"{', '.join(report.get('left_out', [])) or 'none'}. *Floor*: ridge regression on "
            "simple image features, fitted on subjects that the model was trained on.",
            [
                *((who, site, f) for who in ("model", "floor") for site, f in _of(report, who)),
            ],
        ),
        _intervals(report),
        _agreement(
            "TorchIO's motion",
            "Motion by the model of `torchio.Motion` 1.2.1, about the head's centre.",
            [("model", site, f) for site, f in _of(report, "foreign")],
        ),
        _agreement(
            "Continuous motion",
            "Drifts through several poses and periodic nods; the like was not trained on.",
            [("model", site, f) for site, f in _of(report, "continuous")],
        ),
        *(
            _agreement(
                f"By {name}",
                "Whole heads, and the brains cut out of them after the motion."
                if name == "form"
                else "",
                [("model", group, f) for group, f in groups.items()],
            )
            for name, groups in _of(report, "held_out")
        ),
        _agreement(
            "By noise",
            "Rician noise added after the motion, in proportion to the brain's brightest.",
            [("model", group, f) for group, f in _of(report, "noise")],
        ),
        _still(report),
        _reference(report),
        _real(report),
        _robustness(report),
        *_warnings(report),
        *_calibration(report),
    ]
    return [table for table in found if table.rows]


def _agreement(title: str, about: str, rows: Sequence[tuple[str, str, Report]]) -> Table:
    head = ("", "site", *(name for _, name, _ in _AGREEMENT))
    return Table(
        title,
        about,
        head,
        tuple(
            (who, group, *(_cell(figures.get(key), kind) for key, _, kind in _AGREEMENT))
            for who, group, figures in rows
        ),
    )


def _intervals(report: Report) -> Table:
    rows = [
        (site, *(_range(figures["intervals"].get(key)) for key in _BOOTSTRAPPED))
        for site, figures in _of(report, "model")
        if figures.get("intervals")
    ]
    return Table(
        "How sure these figures are",
        "95 % intervals, by a bootstrap over subjects; one subject alone has none.",
        ("site", "R²", "MAE (mm)", "inside 90 % interval"),
        tuple(rows),
    )


_BOOTSTRAPPED = ("r2", "mae_mm", "interval_coverage")


def _aims(report: Report) -> Table:
    return Table(
        "Aims",
        "",
        ("aim", "wanted", "found", ""),
        tuple(
            (
                each["aim"],
                _wanted(each["least"], each["most"]),
                f"{each['found']:.2f}",
                "met" if each["met"] else "**not met**",
            )
            for each in report.get("aims", [])
        ),
    )


def _still(report: Report) -> Table:
    return Table(
        "Still scans, interpolated once",
        "The same head at rest in other poses, beside the scan as it is.",
        ("site", "subjects", "as it is (mm)", "displaced (mm)", "median change (mm)", "largest"),
        tuple(
            (
                site,
                f"{f['persons']}",
                f"{f['still_mean_mm']:.2f}",
                f"{f['displaced_mean_mm']:.2f}",
                f"{f['median_change_mm']:+.2f}",
                f"{f['largest_change_mm']:.2f}",
            )
            for site, f in _of(report, "still")
        ),
    )


def _reference(report: Report) -> Table:
    return Table(
        "Scores of unmodified scans",
        "How still these people lay is not known. Scans seen in training are told apart.",
        ("site", "scans", "mean (mm)", "seen in training", "mean (mm)"),
        tuple(
            (
                site,
                f"{f['scans']}",
                _cell(f["mean_mm"], ".2f"),
                f"{f['seen_scans']}",
                _cell(f["seen_mean_mm"], ".2f"),
            )
            for site, f in _of(report, "reference")
        ),
    )


def _real(report: Report) -> Table:
    return Table(
        "Real motion: one person lying still and moving (MR-ART)",
        "Never used to select anything.",
        ("form", "scores (mm)", "moved above still"),
        tuple(
            (
                form,
                ", ".join(f"{name} {_cell(s, '.2f')}" for name, s in f["scores_mm"].items()),
                "yes" if f["in_order"] else "**no**",
            )
            for form, f in _of(report, "real")
        ),
    )


def _robustness(report: Report) -> Table:
    return Table(
        "The same scan in another guise",
        "Change of the score; tilts are of the header, about the axis named. Flips reverse the "
        "order of voxels, and from left to right they mirror the head.",
        ("guise", "volumes", "median change (mm)", "median size", "largest size", "refused"),
        tuple(
            (
                guise,
                f"{f['volumes']}",
                _cell(f["median_change_mm"], "+.2f"),
                _cell(f["median_size_mm"], ".2f"),
                _cell(f["largest_size_mm"], ".2f"),
                f"{f['refused']}",
            )
            for guise, f in _of(report, "robustness")
        ),
    )


def _warnings(report: Report) -> list[Table]:
    flags = report.get("warnings", {})
    return [
        Table(
            title,
            about,
            ("", "scans", "flagged", "by"),
            tuple(
                (name, f"{f['scans']}", _cell(f["share"], ".0%"), ", ".join(f["codes"]) or "–")
                for name, f in [*flags.get(key, {}).items(), *((t, flags[t]) for t in totals)]
            )
            if flags
            else (),
        )
        for title, about, key, totals in (
            ("Misuses flagged", "", "misuses", ("all misuses",)),
            (
                "Good scans flagged",
                "Unmodified scans, and some with motion. Contrast agent and pathology were not "
                "tried.",
                "good",
                ("all good", "good of left-out sources"),
            ),
        )
    ]


def _calibration(report: Report) -> list[Table]:
    return [
        Table(
            f"Calibration curve, {group}",
            "",
            ("true (mm)", "predicted (mm)", "spread (mm)", "volumes"),
            tuple(
                (
                    f"{each['true_mm']:.2f}",
                    f"{each['predicted_mm']:.2f}",
                    f"{each['predicted_sd_mm']:.2f}",
                    f"{each['volumes']}",
                )
                for each in curve
            ),
        )
        for group, curve in _of(report, "calibration")
    ]


def _of(report: Report, key: str) -> list[tuple[str, Any]]:
    return [*report.get(key, {}).items()]


def _cell(value: float | None, kind: str) -> str:
    return "–" if value is None else format(value, kind)


def _range(ends: Sequence[float] | None) -> str:
    return "–" if ends is None else f"{ends[0]:.2f} to {ends[1]:.2f}"


def _wanted(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f"{least:g} to {most:g}"
    return f"≥ {least:g}" if least is not None else f"≤ {most:g}"
