"""The floor is a regression that is fitted once and asked about any volumes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from MotionQCTraining.judging.floor import features_of_files, fit_floor
from MotionQCTraining.judging.image_features import image_features


def test_the_floor_finds_a_linear_relation_and_gives_no_negative_score() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 5))
    scores = np.clip(2 + features[:, 0], 0, None)
    floor = fit_floor(features, scores, [f"p{n // 6}" for n in range(60)])
    asked = rng.normal(size=(40, 5))
    assert np.corrcoef(floor(asked), 2 + asked[:, 0])[0, 1] > 0.95
    assert floor(np.full((1, 5), -9.0)).min() == 0.0


def test_features_of_files_are_those_of_the_volumes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    volumes = [rng.random((24, 24, 24)).astype(np.float16) for _ in range(2)]
    files = [tmp_path / f"{n}.npy" for n in range(2)]
    for file, volume in zip(files, volumes, strict=True):
        np.save(file, volume)
    found = features_of_files(files)
    np.testing.assert_allclose(found, [image_features(v) for v in volumes], rtol=1e-6)
