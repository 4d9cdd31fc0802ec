"""The floor: ridge regression on simple image features.

A network that is no better has learnt nothing yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from MotionQCTraining.judging.image_features import image_features
from MotionQCTraining.synthesis.fixed_set import FixedSet

_PENALTIES = np.logspace(-2, 4, 25)


def floor_predictions(train: FixedSet, test: FixedSet, workers: int = 2) -> NDArray[np.float64]:
    """Return the scores in mm ``(V,)`` that the regression gives the test volumes.

    The penalty is chosen on the training volumes by cross-validation that keeps persons together.
    """
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV, GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    search = GridSearchCV(
        make_pipeline(StandardScaler(), Ridge()),
        {"ridge__alpha": _PENALTIES},
        cv=GroupKFold(min(5, len(set(train.persons)))),
        scoring="neg_mean_squared_error",
    )
    search.fit(features(train.volumes, workers), train.scores_mm, groups=train.persons)
    return np.clip(search.predict(features(test.volumes, workers)), 0.0, None)


def features(volumes: Sequence[NDArray[np.float16]], workers: int) -> NDArray[np.float64]:
    """Return the features ``(V, F)`` of volumes, computed in parallel."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return np.stack(list(pool.map(image_features, volumes, chunksize=4)))
