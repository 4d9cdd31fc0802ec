"""The figure of a result: its distribution over millimetres of motion."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from MotionQCLib.errors import printable
from MotionQCLib.models import ModelMetadata, MotionBins, ScoreClass
from MotionQCLib.scoring.result import RESEARCH_USE, Result, place_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LONGEST_TITLE = 60
_BAR, _SCORE, _LIMIT = "#4c78a8", "#d62728", "#777777"


def distribution_figure(
    result: Result, metadata: ModelMetadata, title: str, classes: Sequence[ScoreClass]
) -> bytes:
    """A PNG of the bins' probabilities with the score, its 90 % interval and its class limits.

    A class that rests on the ratings of a model has no limits on the score's axis.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.bar(result.bins.centers, result.bins.probability, metadata.bins.width * 0.9, color=_BAR)
    low, high = result.interval_90_mm
    axes.axvspan(low, high, color=_SCORE, alpha=0.12, lw=0, label=f"90 %: {low:.2f}–{high:.2f} mm")
    axes.axvline(result.motion_score_mm, color=_SCORE, label=f"score: {result.score_text} mm")
    if result.qc.basis != "ratings":
        _mark_classes(axes, metadata.bins, classes)
    axes.set_xlim(metadata.bins.low, metadata.bins.high)
    axes.set_xlabel(f"head motion, score “{result.model.label}” (mm)")
    axes.set_ylabel(f"probability per bin of {metadata.bins.width:.3g} mm")
    heading = f"{_title(title)}: {result.qc.name}"
    axes.set_title(heading, fontsize="medium", pad=18, parse_math=False)
    axes.legend(frameon=False, loc="upper right")
    note = f"{result.model.name} ({metadata.status}). Interval calibrated on "
    note += f"{result.interval.calibrated_on}. {RESEARCH_USE}"
    if result.site is not None:
        note = f"Score {place_text(result.site.percentile, result.site.scans)}.\n{note}"
    figure.supxlabel(note, fontsize="x-small", parse_math=False)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Of letters that the font lacks, which are drawn as boxes.
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _title(name: str) -> str:
    """A scan's name as far as a figure has room and a font has letters for it."""
    return printable(name if len(name) <= _LONGEST_TITLE else f"{name[: _LONGEST_TITLE - 1]}…")


def _mark_classes(axes: Axes, bins: MotionBins, classes: Sequence[ScoreClass]) -> None:
    """Class limits as dashed lines, each class's name above its interval."""
    for item in classes:
        low = bins.low if item.low is None else item.low
        high = bins.high if item.high is None else item.high
        if item.high is not None:
            axes.axvline(high, color=_LIMIT, lw=0.8, ls="--")
        axes.text(
            (low + high) / 2,
            1.01,
            item.name,
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize="x-small",
            color=_LIMIT,
            parse_math=False,
        )
