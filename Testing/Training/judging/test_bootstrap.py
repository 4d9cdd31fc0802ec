"""The bootstrap draws subjects, not volumes."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCTraining.judging.bootstrap import subject_intervals

SETTINGS = {"rounds": 2000, "level": 0.95, "seed": 0}


def test_volumes_of_one_subject_make_no_figure_surer() -> None:
    rng = np.random.default_rng(0)
    own = rng.normal(size=12)
    once = subject_intervals(
        {"mean": lambda chosen: float(own[chosen].mean())}, [*"abcdefghijkl"], **SETTINGS
    )
    values = np.repeat(own, 50)
    often = subject_intervals(
        {"mean": lambda chosen: float(values[chosen].mean())},
        [*np.repeat([*"abcdefghijkl"], 50)],
        **SETTINGS,
    )
    assert once is not None
    assert often is not None
    assert often["mean"] == pytest.approx(once["mean"], abs=1e-9)
    # The standard error of a mean of twelve, times 1.96 on either side.
    width = 2 * 1.96 * own.std() / np.sqrt(12)
    assert np.diff(once["mean"])[0] == pytest.approx(width, rel=0.15)


def test_draws_in_which_a_figure_makes_no_sense_do_not_count() -> None:
    def sometimes(chosen: np.ndarray) -> float:
        return 1.0 if len(set(chosen.tolist())) == 2 else float("nan")

    figures = {"sometimes": sometimes, "never": lambda _: float("nan")}
    found = subject_intervals(figures, ["a", "b"], **SETTINGS)
    assert found == {"sometimes": (1.0, 1.0)}


def test_one_subject_has_no_interval() -> None:
    assert subject_intervals({"one": lambda _: 1.0}, ["a", "a"], **SETTINGS) is None
