"""The temperature makes a distribution as wide as its errors are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from MotionQCLib.models import MotionBins
from MotionQCLib.scoring import calibrated_probability, fit_temperature, interval_coverage

BINS = MotionBins()


def honest_predictions(count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose distributions the true scores are drawn from."""
    rng = np.random.default_rng(1)
    centre = rng.uniform(0.5, 3.5, (count, 1))
    logits = -0.5 * ((BINS.centers - centre) / 0.4) ** 2 + rng.normal(0, 0.3, (count, 50))
    drawn = [rng.choice(50, p=row) for row in softmax(logits, axis=1)]
    return logits, BINS.low + BINS.width * (np.array(drawn) + rng.uniform(size=count))


@pytest.mark.parametrize("overconfidence", [0.4, 1.0, 3.0])
def test_overconfidence_is_found_and_undone(overconfidence: float) -> None:
    logits, scores = honest_predictions()
    found = fit_temperature(logits * overconfidence, scores, BINS)
    assert found == pytest.approx(overconfidence, rel=0.05)


def test_calibrated_intervals_cover_what_they_say() -> None:
    logits, scores = honest_predictions()
    overconfident = 3 * logits
    temperature = fit_temperature(overconfident, scores, BINS)
    before = interval_coverage(softmax(overconfident, axis=1), scores, BINS)
    after = interval_coverage(calibrated_probability(overconfident, temperature), scores, BINS)
    assert before < 0.7
    assert after == pytest.approx(0.9, abs=0.015)


def test_temperature_one_is_the_softmax_whatever_the_size_of_the_logits() -> None:
    logits = np.random.default_rng(0).normal(0, 500, (3, 50))
    np.testing.assert_allclose(calibrated_probability(logits, 1.0), softmax(logits, axis=-1))


def test_scores_beyond_the_range_count_as_its_ends() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 50))
    beyond = fit_temperature(logits, [-3.0, 9.0], BINS)
    assert beyond == fit_temperature(logits, [-0.45, 4.45], BINS)


@pytest.mark.parametrize("scores", [[], [1.0], [[1.0, 2.0]]])
def test_scores_that_do_not_match_the_logits_are_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="logits, score_mm have shapes"):
        fit_temperature(np.zeros((2, 50)), scores, BINS)
