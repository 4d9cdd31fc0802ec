"""Limits are the best there are, by trying all of them."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from MotionQCLib.site_fit.limits import balanced_accuracy, classes_of, fit_limits


def by_trial(scores: np.ndarray, labels: np.ndarray, classes: int) -> tuple[float, ...]:
    """The same limits by trying every choice of them, lowest first."""
    middles = [float(low + high) / 2 for low, high in pairwise(np.unique(scores))]

    def error(limits: tuple[float, ...]) -> Fraction:
        predicted = classes_of(scores, limits)
        shares = [
            Fraction(int((predicted[labels == k] != k).sum()), int((labels == k).sum()))
            for k in range(classes)
        ]
        return sum(shares, Fraction(0))

    return min(combinations(middles, classes - 1), key=error)


@st.composite
def rated_scores(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    classes = draw(st.integers(2, 4))
    extra = draw(st.lists(st.integers(0, classes - 1), max_size=8))
    labels = np.array([*range(classes), *extra])
    scores = draw(
        st.lists(st.integers(0, 12), min_size=len(labels), max_size=len(labels)).filter(
            lambda values: len(set(values)) >= classes
        )
    )
    return np.array(scores) / 4, labels, classes


@given(rated_scores())
def test_no_other_limits_are_better_and_of_equal_ones_they_are_the_lowest(
    drawn: tuple[np.ndarray, np.ndarray, int],
) -> None:
    assert fit_limits(*drawn) == by_trial(*drawn)


@given(rated_scores(), st.randoms())
def test_the_order_of_the_scans_does_not_matter_and_limits_ascend(
    drawn: tuple[np.ndarray, np.ndarray, int], random: object
) -> None:
    scores, labels, classes = drawn
    order = list(range(len(scores)))
    random.shuffle(order)  # type: ignore[attr-defined]
    limits = fit_limits(scores, labels, classes)
    assert fit_limits(scores[order], labels[order], classes) == limits
    assert all(low < high for low, high in pairwise(limits))


def test_a_clear_gap_is_cut_in_its_middle() -> None:
    scores = np.array([0.1, 0.2, 1.0, 1.2, 3.0])
    assert fit_limits(scores, np.array([0, 0, 1, 1, 2]), 3) == pytest.approx((0.6, 2.1))


def test_in_doubt_a_scan_counts_as_moved() -> None:
    """Cutting below 0.3 or above it is equally good: one scan lies on the wrong side."""
    scores, labels = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 1, 0, 1])
    assert fit_limits(scores, labels, 2) == pytest.approx((0.15,))


def test_a_rare_class_counts_as_much_as_a_frequent_one() -> None:
    scores = np.array([*np.linspace(0, 1, 98), 0.985, 2.0])
    labels = np.array([0] * 98 + [1, 1])
    (limit,) = fit_limits(scores, labels, 2)
    assert limit < 0.985


def test_a_score_at_a_limit_belongs_above_it() -> None:
    assert classes_of(np.array([0.0, 1.0, 1.5, 2.0]), (1.0, 2.0)).tolist() == [0, 1, 1, 2]


def test_balanced_accuracy_is_the_mean_of_the_classes() -> None:
    truth, predicted = np.array([0, 0, 0, 0, 1]), np.array([0, 0, 0, 1, 1])
    assert balanced_accuracy(truth, predicted, 2) == pytest.approx((0.75 + 1) / 2)


@pytest.mark.parametrize(
    ("scores", "labels"), [([0.1, 0.1], [0, 1]), ([0.1, 0.2], [0, 0]), ([0.1, 0.2], [1, 1])]
)
def test_what_cannot_be_cut_is_refused(scores: list[float], labels: list[int]) -> None:
    with pytest.raises(ValueError, match="2 classes take as many of both"):
        fit_limits(np.array(scores), np.array(labels), 2)
