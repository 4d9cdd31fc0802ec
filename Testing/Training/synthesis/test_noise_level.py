"""Noise is told from anatomy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from MotionQCTraining.synthesis.noise_level import noise_level


def test_noise_is_found_in_spite_of_anatomy() -> None:
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(rng.random((60, 60, 60)), 6)
    anatomy = 0.3 + 0.7 * (smooth > smooth.mean())
    noisy = anatomy + 0.03 * rng.normal(size=anatomy.shape)
    assert noise_level(torch.from_numpy(noisy).float()) == pytest.approx(0.03, rel=0.2)


def test_air_alone_has_no_level() -> None:
    assert noise_level(torch.zeros(8, 8, 8)) == 0.0
