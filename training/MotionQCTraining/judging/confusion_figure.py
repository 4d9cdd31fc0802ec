"""The picture of a confusion matrix: what was rated against what the model says."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import numpy as np


def confusion_figure(
    confusion: Sequence[Sequence[float]], classes: Sequence[str], title: str
) -> bytes:
    """Return a PNG of a confusion matrix ``(K, K)``, rows the ratings; shades are shares of a row.

    Parameters
    ----------
    confusion : (K, K) numbers
        Scans, or their mean over repeats.
    classes : sequence of K str
        Names.
    title : str
        What stands above.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    table = np.asarray(confusion, float)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-9)
    side = 2.6 + 0.6 * len(classes)
    figure = Figure(figsize=(side + 0.6, side), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        text = f"{table[row, column]:.3g}\n{share:.0%}"
        color = "white" if share > 0.5 else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize="small", color=color)
    axes.set_xticks(range(len(classes)), list(classes), rotation=30, ha="right", parse_math=False)
    axes.set_yticks(range(len(classes)), list(classes), parse_math=False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("rated")
    axes.set_title(title, fontsize="small", parse_math=False)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Names may be in any script; those that matplotlib's font lacks are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
