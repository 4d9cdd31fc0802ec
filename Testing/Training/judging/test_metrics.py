"""Figures of merit against values worked out by hand."""

from __future__ import annotations

import pytest

from MotionQCTraining.judging.metrics import agreement, pair_order


def test_agreement_of_a_shifted_prediction() -> None:
    figures = agreement([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0])
    assert figures["r2"] == pytest.approx(1 - 4 / 5)
    assert figures["r2_correlation"] == pytest.approx(1)
    assert figures["spearman"] == pytest.approx(1)
    assert figures["mae_mm"] == pytest.approx(1)


def test_pairs_are_counted_within_a_scan_only() -> None:
    predicted, true = [0.5, 0.4, 0.9, 0.1, 2.0], [0.0, 2.0, 3.0, 1.0, 0.0]
    assert pair_order(predicted, true, ["a", "a", "a", "a", "b"], 1.5) == pytest.approx(0.5)


def test_a_constant_prediction_explains_nothing() -> None:
    figures = agreement([1.0, 1.0, 1.0], [0.0, 1.0, 2.0])
    assert figures["r2_correlation"] == figures["spearman"] == 0
