"""Drawn appearances keep within their ranges, and cut away only what a scan has."""

from __future__ import annotations

import math

import numpy as np
import pytest

from MotionQCTraining.synthesis.appearance import Appearance, Look, draw_look
from MotionQCTraining.synthesis.sample_config import SampleConfig


def looks(
    strength: float = 1.0,
    surfaces: tuple[bool, bool] = (True, True),
    source_noise: float = 0.0,
    ranges: Appearance | None = None,
) -> list[Look]:
    return [
        draw_look(
            np.random.default_rng(seed),
            ranges or Appearance(),
            strength,
            surfaces=surfaces,
            source_noise=source_noise,
            cuts=SampleConfig(extracted=0.5, airless=0.4, defaced=0.3),
        )
        for seed in range(400)
    ]


def test_no_draw_leaves_its_range() -> None:
    ranges = Appearance()
    for look in looks():
        assert abs(look.log_gamma) <= ranges.gamma
        assert abs(look.gain - 1) <= ranges.gain
        assert np.abs(look.bias).max() <= ranges.bias / 3
        assert look.noise == 0 or ranges.noise[0] <= look.noise <= ranges.noise[1]
        assert look.blur_mm == 0 or 0.3 <= look.blur_mm <= ranges.blur_mm


def test_at_no_strength_a_look_only_cuts_and_flips() -> None:
    for look in looks(strength=0.0):
        assert (look.log_gamma, look.noise, look.blur_mm, look.gain) == (0, 0, 0, 1)
        assert not look.bias.any()


@pytest.mark.parametrize(
    ("surfaces", "possible"),
    [
        ((True, False), {"brain"}),
        ((False, True), {"head", None}),
        ((True, True), {"brain", "head", None}),
    ],
    ids=["a brain alone", "a head without a mask", "a head with a mask"],
)
def test_only_known_surfaces_are_cut_along(surfaces, possible) -> None:
    assert {look.surface for look in looks(surfaces=surfaces)} == possible


def test_shares_are_those_asked_for() -> None:
    surfaces = [look.surface for look in looks()]
    assert surfaces.count("brain") / 400 == pytest.approx(0.5, abs=0.08)
    assert surfaces.count("head") / 400 == pytest.approx(0.2, abs=0.08)


def test_noise_is_added_up_to_the_sources_own_level() -> None:
    """Whatever else is drawn: interpolation has averaged it away, early in a run too."""
    noise = [look.noise for look in looks(0.0, source_noise=0.03)]
    assert 0 <= min(noise) < 0.002
    assert 0.028 < max(noise) <= 0.03
    both = [look.noise for look in looks(1.0, source_noise=0.03, ranges=Appearance(noisy=1.0))]
    assert min(both) >= 0.004
    assert 0.05 < max(both) <= math.hypot(0.05, 0.03)


def test_faces_are_removed_of_heads_alone() -> None:
    assert not any(look.face for look in looks(surfaces=(True, False)))
    removed = [look.face for look in looks() if look.face]
    assert len(removed) / 400 == pytest.approx(0.3, abs=0.08)
    assert all(75.0 <= face.depth_mm <= 95.0 for face in removed)
