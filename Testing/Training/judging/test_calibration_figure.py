"""The calibration curve: means and spreads by true score, and its picture."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCTraining.judging.calibration_figure import calibration_curve, calibration_figure


def test_every_bin_has_its_mean_and_spread_and_empty_ones_are_left_out() -> None:
    curve = calibration_curve([0.2, 0.4, 3.0, 3.0], [0.1, 0.3, 3.9, 4.1], bins=4)
    assert [each["volumes"] for each in curve] == [2, 2]
    assert curve[0]["predicted_mm"] == pytest.approx(0.3)
    assert curve[0]["predicted_sd_mm"] == pytest.approx(0.1)
    assert curve[1]["true_mm"] == pytest.approx(4.0), "what is above the last bin counts to it"


def test_the_picture_is_a_png() -> None:
    rng = np.random.default_rng(0)
    true = rng.uniform(0, 4, 50)
    assert calibration_figure(true + rng.normal(0, 0.2, 50), true, "R² 0.9").startswith(b"\x89PNG")
