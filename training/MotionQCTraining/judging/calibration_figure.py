"""The calibration curve of a motion score: predicted against true."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def calibration_curve(
    predicted_mm: ArrayLike, true_mm: ArrayLike, *, bins: int = 10, top_mm: float = 4.0
) -> list[dict[str, Any]]:
    """Return mean and spread of the predictions in every bin of the true score that has any.

    Parameters
    ----------
    predicted_mm, true_mm : (N,) arrays
        Scores, mm.
    bins : int
        Bins of equal width from 0 to ``top_mm``; what is above counts to the last.
    top_mm : float
        End of the last bin.
    """
    predicted, true = np.asarray(predicted_mm, float), np.asarray(true_mm, float)
    which = np.clip((true / top_mm * bins).astype(int), 0, bins - 1)
    return [
        {
            "true_mm": float(true[which == index].mean()),
            "predicted_mm": float(predicted[which == index].mean()),
            "predicted_sd_mm": float(predicted[which == index].std()),
            "volumes": int((which == index).sum()),
        }
        for index in sorted(set(which.tolist()))
    ]


def calibration_figure(
    predicted_mm: ArrayLike, true_mm: ArrayLike, title: str, *, top_mm: float = 4.0
) -> bytes:
    """Return a PNG: every volume as a dot, the curve of means with their spread, the diagonal."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    curve = calibration_curve(predicted_mm, true_mm, top_mm=top_mm)
    figure = Figure(figsize=(4.2, 4), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot([0, top_mm], [0, top_mm], color="0.6", linewidth=1)
    axes.scatter(true_mm, predicted_mm, s=4, alpha=0.3, linewidths=0)
    axes.errorbar(
        [each["true_mm"] for each in curve],
        [each["predicted_mm"] for each in curve],
        [each["predicted_sd_mm"] for each in curve],
        color="black",
        capsize=2,
    )
    axes.set_xlabel("true score (mm)")
    axes.set_ylabel("predicted score (mm)")
    axes.set_title(title, fontsize="small", parse_math=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
