"""What a trained network knows: the spread of its embeddings, and from where on a scan is strange.

The spread is that of volumes of training subjects, varied as in training. The limit is set on
subjects held out, whose embeddings lie a little further off than those the network has seen.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.models.familiarity import MEAN, WHITENING, Familiarity, distances

FALSE_ALARMS = 0.05
_DEAD = 1e-3
"""Share of the median spread below which a channel tells nothing."""


class Known(NamedTuple):
    """What a model's files hold of it.

    Parameters
    ----------
    familiarity : Familiarity
        For the metadata.
    arrays : dict
        For the weights.
    """

    familiarity: Familiarity
    arrays: dict[str, NDArray[np.float32]]


def measure_familiarity(
    known: NDArray[np.float32], held_out: NDArray[np.float32], measured_on: str
) -> Known:
    """Return the spread of some embeddings, and the limit that few others exceed.

    Parameters
    ----------
    known, held_out : (V, C) arrays
        Embeddings of volumes of training subjects, and of subjects held out.
    measured_on : str
        What the latter are, in words.

    Notes
    -----
    The limit is the split-conformal quantile: of another volume like those held out, the share
    beyond it is :data:`FALSE_ALARMS` at most, or one in their number and one more where they are
    too few for that.
    """
    from sklearn.covariance import LedoitWolf

    spread = known.std(axis=0)
    scale = np.maximum(spread, _DEAD * np.median(spread) + 1e-12)
    # Shrunk towards independent channels: there may be few more volumes than channels.
    covariance = LedoitWolf().fit((known - known.mean(axis=0)) / scale).covariance_
    # Of the right size for float16, in which matrices are stored.
    whitening = np.linalg.inv(np.linalg.cholesky(covariance)) / scale
    arrays = {
        MEAN: known.mean(axis=0).astype(np.float32),
        WHITENING: whitening.astype(np.float16).astype(np.float32),
    }
    sizes = np.sort(distances(held_out, arrays))
    rank = min(math.ceil((len(sizes) + 1) * (1 - FALSE_ALARMS)), len(sizes))
    false_alarms = max(FALSE_ALARMS, 1 / (len(sizes) + 1))
    return Known(Familiarity(float(sizes[rank - 1]), false_alarms, measured_on), arrays)
