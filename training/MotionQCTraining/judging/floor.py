"""The floor: ridge regression on simple image features.

A network that is no better has learnt nothing yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MotionQCTraining.judging.image_features import image_features

_PENALTIES = np.logspace(-2, 4, 25)
Floor = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Gives scores in mm ``(V,)`` of features ``(V, F)``."""


def fit_floor(features: ArrayLike, scores_mm: ArrayLike, persons: Sequence[str]) -> Floor:
    """Return the regression, its penalty chosen by cross-validation that keeps persons together.

    Parameters
    ----------
    features : (V, F) array
        Of volumes to train on, see :func:`features_of_files`.
    scores_mm : (V,) array
        Their true scores, mm.
    persons : sequence of V
        Whose each is; at least two.
    """
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV, GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    search = GridSearchCV(
        make_pipeline(StandardScaler(), Ridge()),
        {"ridge__alpha": _PENALTIES},
        cv=GroupKFold(min(5, len(set(persons)))),
        scoring="neg_mean_squared_error",
    )
    search.fit(np.asarray(features), np.asarray(scores_mm), groups=persons)

    def floor(of: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(search.predict(of), 0.0, None)

    return floor


def features_of_files(files: Sequence[Path]) -> NDArray[np.float64]:
    """Return features ``(V, F)`` of volumes in ``.npy`` files."""
    return np.stack([image_features(np.load(file)) for file in files])
