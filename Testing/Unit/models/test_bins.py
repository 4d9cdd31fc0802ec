"""Soft labels and their decoding, by the vectors measured on the published code."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from MotionQCLib.models import BRICOUT_2025, CORTICAL_MOTION, MotionBins

PRESETS = [BRICOUT_2025, CORTICAL_MOTION]


def entropy(probability: np.ndarray) -> float:
    return float(-(probability * np.log(probability)).sum())


@pytest.mark.parametrize(
    ("score", "raw_sum", "largest", "raw_entropy"),
    [
        (0.0, 0.9999990411, 0.25408256, 1.84257400),
        (1.0, 1.0, 0.25104758, 1.84258741),
        (2.0, 1.0, 0.24750746, 1.84258741),
        (4.0, 0.9999990411, 0.25408256, 1.84257400),
        (4.5, 0.9629272, 0.25934059, 1.69934442),
    ],
)
def test_soft_labels_are_the_published_ones_normalised(
    score: float, raw_sum: float, largest: float, raw_entropy: float
) -> None:
    raw = BRICOUT_2025.soft_labels(score) * raw_sum
    assert raw.max() == pytest.approx(largest, abs=1e-7)
    assert entropy(raw + 1e-16) == pytest.approx(raw_entropy, abs=1e-6)


def test_the_bins_around_a_label_hold_the_published_probabilities() -> None:
    expected = [0.06846109, 0.16128132, 0.24750746, 0.24750746]
    np.testing.assert_allclose(BRICOUT_2025.soft_labels(2.0)[22:26], expected, atol=5e-9)


@pytest.mark.parametrize(
    ("score", "decoded"), [(0.0, 8.24e-7), (1.0, 1.0), (2.0, 2.0), (4.5, 4.4853537)]
)
def test_a_label_decodes_to_the_published_score(score: float, decoded: float) -> None:
    label = BRICOUT_2025.soft_labels(score)
    assert BRICOUT_2025.decode(label) == pytest.approx(decoded, abs=5e-8)


@pytest.mark.parametrize(("bins", "floor"), [(BRICOUT_2025, 0.171083), (CORTICAL_MOTION, 0.152753)])
def test_even_a_perfect_prediction_has_the_published_spread(bins: MotionBins, floor: float) -> None:
    label = bins.soft_labels(2.0)
    spread = np.sqrt(label @ (bins.centers - 2.0) ** 2)
    assert bins.floor_sd == pytest.approx(floor, abs=1e-6)
    assert spread == pytest.approx(floor, abs=1e-4)


@given(score=st.floats(-10, 10))
@pytest.mark.parametrize("bins", PRESETS)
def test_every_label_is_a_distribution_within_the_range(bins: MotionBins, score: float) -> None:
    label = bins.soft_labels(score)
    assert label.sum() == pytest.approx(1, abs=1e-12)
    assert label.min() >= 0
    assert bins.low < bins.decode(label) < bins.high


@given(score=st.floats(0, 4))
def test_labels_decode_to_their_score_over_the_whole_range(score: float) -> None:
    assert CORTICAL_MOTION.decode(CORTICAL_MOTION.soft_labels(score)) == pytest.approx(
        score, abs=1e-3
    )


@pytest.mark.parametrize("level", [0.05, 0.25, 0.5, 0.95])
def test_quantiles_are_those_of_the_normal_distribution_behind_the_label(level: float) -> None:
    fine = MotionBins(low=-2, high=6, count=4000, sigma=0.3)
    found = fine.quantile(fine.soft_labels(1.7), level)
    assert found == pytest.approx(norm(1.7, 0.3).ppf(level), abs=1e-4)


def test_an_intervals_probability_is_that_of_the_normal_distribution() -> None:
    fine = MotionBins(low=-2, high=6, count=4000, sigma=0.3)
    found = fine.interval_probability(fine.soft_labels(1.7), 1.5, 2.5)
    assert found == pytest.approx(norm(1.7, 0.3).cdf(2.5) - norm(1.7, 0.3).cdf(1.5), abs=1e-6)


def test_intervals_that_share_the_axis_share_all_the_probability() -> None:
    label = BRICOUT_2025.soft_labels(1.234)
    limits = [-np.inf, 0.03, 1.2345, 3.0, np.inf]
    parts = [BRICOUT_2025.interval_probability(label, low, high) for low, high in pairwise(limits)]
    assert sum(parts) == pytest.approx(1)


def test_a_quantile_inside_a_bin_is_interpolated() -> None:
    bins = MotionBins(low=0, high=4, count=4, sigma=1)
    assert bins.quantile([0.0, 0.5, 0.5, 0.0], 0.25) == pytest.approx(1.5)


def test_a_table_of_distributions_is_treated_row_by_row() -> None:
    labels = BRICOUT_2025.soft_labels([[0.5, 1.0, 3.0], [2.0, 0.0, 4.0]])
    assert labels.shape == (2, 3, 50)
    medians = BRICOUT_2025.quantile(labels, 0.5)
    shares = BRICOUT_2025.interval_probability(labels, 0, 1)
    for index in np.ndindex(2, 3):
        assert medians[index] == BRICOUT_2025.quantile(labels[index], 0.5)
        assert shares[index] == BRICOUT_2025.interval_probability(labels[index], 0, 1)


@pytest.mark.parametrize(
    "wrong", [{"high": -1.0}, {"sigma": 0.0}, {"low": float("nan")}, {"count": 1}]
)
def test_impossible_bins_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="give"):
        MotionBins(**wrong)  # type: ignore[arg-type]


def test_a_distribution_over_other_bins_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold 50 bins"):
        BRICOUT_2025.decode(np.ones(40) / 40)
