"""Appearances on the device follow the formulas of the samples on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Generator, Tensor

from MotionQCTraining.synthesis.appearance import Look
from MotionQCTraining.synthesis.device.appearance import Shower, blurred
from MotionQCTraining.synthesis.samples import bias_field

PLAIN = {
    "surface": None,
    "margin_mm": 0.0,
    "log_gamma": 0.0,
    "bias": np.zeros(9),
    "noise": 0.0,
    "blur_mm": 0.0,
    "gain": 1.0,
    "flips": (False, False, False),
    "face": None,
}


def shown(image: Tensor, generator: Generator, **drawn: object) -> Tensor:
    return Shower()(image, Look(**PLAIN | drawn), (1.0, 1.0, 1.0), generator)


def test_a_plain_look_changes_nothing(a_volume, generator) -> None:
    image = torch.from_numpy(a_volume)
    torch.testing.assert_close(shown(image, generator), image, atol=1e-6, rtol=0)


def test_a_bias_field_is_that_of_the_samples(a_volume, generator) -> None:
    bias = np.linspace(-0.3, 0.4, 9)
    lit = shown(torch.from_numpy(a_volume), generator, bias=bias)
    np.testing.assert_allclose(lit, a_volume * bias_field(a_volume.shape, bias), rtol=1e-4)


def test_contrast_and_gain_act_after_one_another(a_volume, generator) -> None:
    image = shown(torch.from_numpy(a_volume), generator, log_gamma=0.3, gain=1.1)
    np.testing.assert_allclose(image, a_volume ** np.exp(0.3) * 1.1, rtol=1e-4, atol=1e-6)


def test_a_blur_is_a_gaussian_in_millimetres(a_volume) -> None:
    """Away from the border, where the two continue the volume differently."""
    found = blurred(torch.from_numpy(a_volume), 1.5, (2.0, 1.0, 1.5))
    expected = ndimage.gaussian_filter(a_volume, [0.75, 1.5, 1.0], truncate=8)
    inside = (slice(8, -8),) * 3
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-5)


def test_noise_in_air_is_rayleigh_and_in_tissue_gaussian(generator) -> None:
    air, tissue = (
        shown(torch.full((40, 40, 40), level), generator, noise=0.05) for level in (0.0, 1.0)
    )
    assert float(air.mean()) == pytest.approx(0.05 * np.sqrt(np.pi / 2), rel=0.02)
    assert float(tissue.std()) == pytest.approx(0.05, rel=0.02)


def test_noise_repeats_with_its_seed(a_volume) -> None:
    image = torch.from_numpy(a_volume)
    one, same, other = (
        shown(image, Generator().manual_seed(seed), noise=0.1) for seed in (4, 4, 5)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
