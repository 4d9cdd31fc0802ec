"""Figures of merit against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCTraining.evaluate import by_site
from MotionQCTraining.judging.metrics import agreement, pair_order
from MotionQCTraining.synthesis.fixed_set import FixedSet


def test_agreement_of_a_shifted_prediction() -> None:
    figures = agreement([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0])
    assert figures["r2"] == pytest.approx(1 - 4 / 5)
    assert figures["r2_correlation"] == pytest.approx(1)
    assert figures["spearman"] == pytest.approx(1)
    assert figures["mae_mm"] == pytest.approx(1)


def test_pairs_are_counted_within_a_scan_only() -> None:
    predicted, true = [0.5, 0.4, 0.9, 0.1, 2.0], [0.0, 2.0, 3.0, 1.0, 0.0]
    assert pair_order(predicted, true, ["a", "a", "a", "a", "b"], 1.5) == pytest.approx(0.5)


def test_two_scans_of_one_person_are_not_compared() -> None:
    """The second looks moved at rest; each scan by itself is in order."""
    test = FixedSet(
        volumes=[np.zeros((1, 1, 1), np.float16)] * 4,
        scores_mm=np.array([0.0, 2.0, 0.0, 2.0]),
        persons=["site/sub-01"] * 4,
        sites=["site"] * 4,
        scans=["first", "first", "second", "second"],
    )
    report = by_site(np.array([0.1, 0.5, 0.9, 1.3]), test, {"site"})
    assert report["site"]["persons"] == 1
    assert report["site"]["still_below_moved"] == 1.0


def test_a_constant_prediction_explains_nothing() -> None:
    figures = agreement([1.0, 1.0, 1.0], [0.0, 1.0, 2.0])
    assert figures["r2_correlation"] == figures["spearman"] == 0
