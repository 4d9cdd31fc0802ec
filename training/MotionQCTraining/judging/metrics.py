"""How well predicted scores agree with true ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

MOVED_MM = 1.5
"""A scan moved by this much must score above the same scan at rest."""


def agreement(predicted_mm: ArrayLike, true_mm: ArrayLike) -> dict[str, float]:
    """Return R2, squared correlation, Spearman's rho and mean absolute error (mm).

    Parameters
    ----------
    predicted_mm, true_mm : (N,) arrays
        Scores, at least two, the true ones not all equal.
    """
    from scipy.stats import pearsonr, spearmanr

    predicted, true = np.asarray(predicted_mm, float), np.asarray(true_mm, float)
    residual = float(np.sum((true - predicted) ** 2))
    total = float(np.sum((true - true.mean()) ** 2))
    varied = np.ptp(predicted) > 0
    return {
        "r2": 1.0 - residual / total,
        "r2_correlation": float(pearsonr(predicted, true)[0] ** 2) if varied else 0.0,
        "spearman": float(spearmanr(predicted, true)[0]) if varied else 0.0,
        "mae_mm": float(np.mean(np.abs(predicted - true))),
    }


def pair_order(
    predicted_mm: ArrayLike, true_mm: ArrayLike, scans: Sequence[str], apart_mm: float
) -> float | None:
    """Return the share of pairs put in order: a still scan and itself moved by ``apart_mm``.

    Parameters
    ----------
    predicted_mm, true_mm : (N,) arrays
        Scores, mm.
    scans : sequence of N
        Which scan each volume is a version of. The person would not do: two scans of one person
        differ in more than motion.
    apart_mm : float
        The least true score of the moved one, mm.

    Returns
    -------
    float or None
        None where there is no such pair.
    """
    predicted, true = np.asarray(predicted_mm, float), np.asarray(true_mm, float)
    which = np.array(scans)
    ordered = [
        predicted[still] < predicted[moved]
        for still in np.flatnonzero(true == 0)
        for moved in np.flatnonzero((which == which[still]) & (true >= apart_mm))
    ]
    return float(np.mean(ordered)) if ordered else None
