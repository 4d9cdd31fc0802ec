"""What a trained network knows: the spread of its embeddings, and from where on a scan is strange.

The spread is that of whole volumes of training subjects: moved and recontrasted as in training, and
of bent heads where training saw crops of such. The limit is set on subjects held out, whose
embeddings lie a little further off than those the network has seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.models.familiarity import MEAN, WHITENING, Familiarity, distances

FALSE_ALARMS = 0.05
_SMALLEST, _RIDGE = 1e-3, 1e-2
"""Smallest spread that counts, and what is added to every variance, which is about 1."""
_LEAST = 0.05
"""Share of the median spread: channels that vary less count as if they varied so much. What is
next to constant says nothing, and its inverse would leave float16's range."""


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
    known: NDArray[np.float32], held_out: NDArray[np.float32], persons: Sequence[str]
) -> Known:
    """Return the spread of some embeddings, and the limit that few others exceed.

    Parameters
    ----------
    known, held_out : (V, C) arrays
        Embeddings of volumes of training subjects, and of subjects held out.
    persons : sequence of V str
        Who is seen in each of the latter.

    Notes
    -----
    The limit is the split-conformal quantile of every subject's farthest volume: of other subjects
    like those held out, the share with a volume beyond it is :data:`FALSE_ALARMS` at most, or one
    in their number and one more where they are too few for that.
    """
    from sklearn.covariance import LedoitWolf

    spread = known.std(axis=0)
    scale = np.maximum(spread, max(_LEAST * float(np.median(spread)), _SMALLEST))
    # Shrunk towards independent channels: there may be few more volumes than channels.
    covariance = LedoitWolf().fit((known - known.mean(axis=0)) / scale).covariance_
    # As matrices are stored.
    covariance += _RIDGE * np.eye(len(scale))
    whitening = np.linalg.inv(np.linalg.cholesky(covariance)) / scale
    arrays = {
        MEAN: known.mean(axis=0).astype(np.float32),
        WHITENING: whitening.astype(np.float16).astype(np.float32),
    }
    own = distances(held_out, arrays)
    sizes = np.sort([own[np.array(persons) == person].max() for person in sorted(set(persons))])
    rank = min(math.ceil((len(sizes) + 1) * (1 - FALSE_ALARMS)), len(sizes))
    false_alarms = max(FALSE_ALARMS, 1 / (len(sizes) + 1))
    measured_on = f"{len(sizes)} subjects held out to validate, still and moved"
    return Known(Familiarity(float(sizes[rank - 1]), false_alarms, measured_on), arrays)
