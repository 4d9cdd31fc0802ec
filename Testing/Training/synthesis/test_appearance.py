"""Drawn appearances keep within their ranges, and cut away only what a scan has."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCTraining.synthesis.appearance import Appearance, Look, draw_look


def looks(strength: float = 1.0, surfaces: tuple[bool, bool] = (True, True)) -> list[Look]:
    return [
        draw_look(
            np.random.default_rng(seed),
            Appearance(),
            strength,
            surfaces=surfaces,
            extracted=0.5,
            airless=0.4,
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
