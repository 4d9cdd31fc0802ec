"""What a network knows is measured where it was made, and the limit where it was not."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCLib.models import load_bundle
from MotionQCLib.models.familiarity import WHITENING, distances
from MotionQCTraining.pretraining.familiarity import measure_familiarity

from ..tiny_run import TinyRun

SINGLE = [str(number) for number in range(200)]


def drawn(count: int, seed: int, spread: float = 1.0) -> np.ndarray:
    """Embeddings of correlated channels of very different size, two of them dead."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).normal(size=(64, 64))
    size = np.logspace(-3, 1, 64)
    size[:2] = 0
    return ((rng.normal(size=(count, 64)) * spread) @ mixing * size + size).astype(np.float32)


def test_few_volumes_of_subjects_held_out_lie_beyond_the_limit() -> None:
    known = measure_familiarity(drawn(400, 1), drawn(200, 2), SINGLE)
    beyond = distances(drawn(2000, 3), known.arrays) > known.familiarity.limit
    assert beyond.mean() == pytest.approx(known.familiarity.false_alarms, abs=0.03)
    assert known.familiarity.false_alarms == 0.05
    assert distances(drawn(200, 4), known.arrays).mean() == pytest.approx(1.0, abs=0.2)


def test_strangers_lie_beyond_it() -> None:
    known = measure_familiarity(drawn(400, 1), drawn(200, 2), SINGLE)
    strange = np.random.default_rng(5).normal(size=(50, 64)).astype(np.float32)
    assert np.all(distances(strange, known.arrays) > 2 * known.familiarity.limit)


def test_with_few_volumes_fewer_false_alarms_cannot_be_promised() -> None:
    known = measure_familiarity(drawn(70, 1), drawn(9, 2), list("aaabbbccc"))
    assert known.familiarity.false_alarms == pytest.approx(0.25), "of three subjects"
    assert known.familiarity.limit == pytest.approx(distances(drawn(9, 2), known.arrays).max())


def test_a_trained_model_says_what_it_knows(a_tiny_run: TinyRun) -> None:
    familiarity = load_bundle(a_tiny_run.model).metadata.familiarity
    assert familiarity is not None
    assert familiarity.measured_on == "2 subjects held out to validate, still and moved"
    assert familiarity.false_alarms == pytest.approx(1 / 3)


@pytest.mark.parametrize("size", [1.0, 1e-2, 1e-5])
def test_channels_that_do_not_vary_leave_it_finite(size: float) -> None:
    known = measure_familiarity(size * drawn(3000, 1), size * drawn(200, 2), SINGLE)
    assert np.isfinite(known.arrays[WHITENING]).all()
    assert np.isfinite(known.familiarity.limit)
