"""How sure limits are: whole persons are left out, and whole persons are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCLib.site_fit.certainty import accuracy_interval, left_out_classes, limit_intervals
from MotionQCLib.site_fit.limits import classes_of, fit_limits


def test_a_person_is_judged_by_limits_that_the_others_set() -> None:
    scores = np.array([0.1, 0.2, 0.3, 1.0, 1.1, 1.2, 0.9])
    labels = np.array([0, 0, 0, 1, 1, 1, 0])
    persons = ["a", "b", "c", "d", "e", "f", "odd"]
    predicted = left_out_classes(scores, labels, persons, 2)
    with_it = fit_limits(scores, labels, 2)
    assert classes_of(scores[-1:], with_it).tolist() == [0]
    assert predicted.tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_all_scans_of_a_person_are_left_out_together() -> None:
    scores = np.array([0.1, 0.2, 0.9, 0.95, 1.0, 1.01])
    labels = np.array([0, 0, 0, 0, 1, 1])
    predicted = left_out_classes(scores, labels, ["a", "b", "odd", "odd", "c", "d"], 2)
    assert predicted.tolist() == [0, 0, 1, 1, 1, 1]


def test_more_persons_make_limits_surer() -> None:
    rng = np.random.default_rng(1)

    def width(persons: int) -> float:
        labels = np.arange(persons) % 2
        scores = rng.normal(1.0 + 0.5 * labels, 0.4)
        names = [f"p{n}" for n in range(persons)]
        ((low, high),) = limit_intervals(scores, labels, names, 2)
        assert low <= fit_limits(scores, labels, 2)[0] <= high
        return high - low

    assert width(400) < width(20) / 2


def test_scans_of_one_person_are_no_further_evidence() -> None:
    """Ten scans each of six persons leave as much doubt as one scan each."""
    truth, predicted = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 0])
    persons = list("abcdef")
    once = accuracy_interval(truth, predicted, persons, 2)
    often = accuracy_interval(np.tile(truth, 10), np.tile(predicted, 10), persons * 10, 2)
    assert often == pytest.approx(once)
    assert once[0] < 2 / 3 < once[1]


def test_what_no_draw_can_tell_is_refused() -> None:
    with pytest.raises(ValueError, match="no draw"):
        accuracy_interval(np.array([0, 0]), np.array([0, 0]), ["a", "b"], 2)
