"""Each normalisation does what its name says, and touches no input."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCLib.models import normalise


@pytest.fixture
def a_volume() -> np.ndarray:
    return np.random.default_rng(0).uniform(0.2, 1.4, (5, 6, 7)).astype(np.float32)


def test_head_p99_is_what_conform_gives(a_volume: np.ndarray) -> None:
    np.testing.assert_array_equal(normalise(a_volume, "head-p99"), a_volume)


def test_min_max_spans_zero_to_one(a_volume: np.ndarray) -> None:
    scaled = normalise(a_volume, "min-max")
    assert (scaled.min(), scaled.max()) == (0, 1)


def test_z_score_has_mean_zero_and_deviation_one(a_volume: np.ndarray) -> None:
    scaled = normalise(a_volume, "z-score")
    assert scaled.mean() == pytest.approx(0, abs=1e-6)
    assert scaled.std() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("method", ["head-p99", "min-max", "z-score"])
def test_order_and_input_are_kept(a_volume: np.ndarray, method: str) -> None:
    before = a_volume.copy()
    scaled = normalise(a_volume, method)  # type: ignore[arg-type]
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(np.argsort(scaled, axis=None), np.argsort(before, axis=None))
    np.testing.assert_array_equal(a_volume, before)


def test_a_constant_volume_stays_finite() -> None:
    constant = np.ones((2, 2, 2), np.float32)
    assert np.isfinite(normalise(constant, "min-max")).all()
    assert np.isfinite(normalise(constant, "z-score")).all()


def test_an_unknown_method_is_refused(a_volume: np.ndarray) -> None:
    with pytest.raises(ValueError, match="choose one of head-p99"):
        normalise(a_volume, "histogram")  # type: ignore[arg-type]
