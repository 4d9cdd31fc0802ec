"""Noise is Rayleigh in air and normal in bright tissue."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCTraining.synthesis.rician import with_noise


@pytest.mark.parametrize(
    ("level", "mean", "deviation"), [(0.0, 0.0627, 0.0328), (1.0, 1.00125, 0.05)]
)
def test_moments_are_those_of_the_distribution(level: float, mean: float, deviation: float) -> None:
    image = np.full((50, 50, 50), level, np.float32)
    noisy = with_noise(np.random.default_rng(1), image, 0.05)
    assert noisy.dtype == np.float32
    assert float(noisy.mean()) == pytest.approx(mean, rel=0.01)
    assert float(noisy.std()) == pytest.approx(deviation, rel=0.01)
    assert np.all(image == level)
