"""Making a network's confidence honest: one temperature for all logits (Guo et al. 2017, ICML)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MotionQCLib.models import MotionBins

FloatArray = NDArray[np.float64]

_LOG_TEMPERATURES = (-3.0, 3.0)


def calibrated_probability(logits: ArrayLike, temperature: float) -> FloatArray:
    """Distributions `(..., bins)` of logits `(..., bins)` at a temperature; 1 changes nothing."""
    return np.exp(_log_softmax(np.asarray(logits, dtype=np.float64) / temperature))


def fit_temperature(logits: ArrayLike, score_mm: ArrayLike, bins: MotionBins) -> float:
    """The temperature at which true scores are likeliest under the predicted distributions.

    Parameters
    ----------
    logits
        `(n, bins)` of scans that the network was not trained on.
    score_mm
        True scores `(n,)`, mm; one beyond the range counts as its end.
    bins
        The model's bins.

    Returns
    -------
    float
        Between 0.05 and 20.

    Raises
    ------
    ValueError
        Shapes disagree, or there is no scan.
    """
    from scipy.optimize import minimize_scalar  # half a second that scoring need not pay

    table = np.asarray(logits, dtype=np.float64)
    score = np.asarray(score_mm, dtype=np.float64)
    if table.shape != (score.size, bins.count) or score.ndim != 1 or score.size == 0:
        raise ValueError(
            f"logits, score_mm have shapes {table.shape}, {score.shape}; "
            f"give (n, {bins.count}) and (n,) with n > 0."
        )
    true_bin = np.clip(np.searchsorted(bins.edges, score, side="right") - 1, 0, bins.count - 1)

    def negative_log_likelihood(log_temperature: float) -> float:
        log_probability = _log_softmax(table / np.exp(log_temperature))
        return -float(log_probability[np.arange(score.size), true_bin].mean())

    found = minimize_scalar(negative_log_likelihood, bounds=_LOG_TEMPERATURES, method="bounded")
    return float(np.exp(found.x))


def interval_coverage(
    probability: ArrayLike, score_mm: ArrayLike, bins: MotionBins, level: float = 0.9
) -> float:
    """Share of true scores `(n,)` inside the central interval of their distributions `(n, bins)`.

    Honest intervals of a level cover that share of the scans.
    """
    tail = (1 - level) / 2
    low, high = (bins.quantile(probability, share) for share in (tail, 1 - tail))
    score = np.asarray(score_mm, dtype=np.float64)
    return float(np.mean((low <= score) & (score <= high)))


def _log_softmax(logits: FloatArray) -> FloatArray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    normalised: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised
