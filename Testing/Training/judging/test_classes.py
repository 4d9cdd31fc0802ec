"""Figures of classes against scikit-learn, their intervals, and when they are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score, recall_score

from MotionQCTraining.judging.classes import (
    bootstrap,
    class_figures,
    f1_and_recall,
    person_confusion,
    too_few,
)

NAMES = ("good", "mäßig", "bad")


def some_predictions(
    seed: int, scans: int = 60, wrong: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.arange(scans) % 3
    predicted = np.tile(truth, (2, 1))
    missed = rng.uniform(size=predicted.shape) < 0.3
    predicted[missed] = rng.integers(0, 3, missed.sum())
    return truth, predicted


def persons(scans: int = 60) -> list[str]:
    return [f"s{n // 3}" for n in range(scans)]


@given(st.integers(0, 1000))
def test_figures_of_a_confusion_are_scikit_learns(seed: int) -> None:
    truth, predicted = some_predictions(seed)
    table = person_confusion(truth, predicted, persons(), 3).sum(axis=0)
    f1, recall = f1_and_recall(table)
    balanced = [balanced_accuracy_score(truth, each) for each in predicted]
    np.testing.assert_allclose(recall.mean(axis=1), balanced)
    for found, score in ((f1, f1_score), (recall, recall_score)):
        np.testing.assert_allclose(found, [score(truth, each, average=None) for each in predicted])
    np.testing.assert_array_equal(table[1], confusion_matrix(truth, predicted[1]))


def test_values_are_means_over_the_repeats() -> None:
    truth, predicted = some_predictions(3)
    found = figures(truth, predicted, persons())
    balanced = np.mean([balanced_accuracy_score(truth, each) for each in predicted])
    assert found["balanced_accuracy"]["value"] == pytest.approx(balanced)
    f1 = np.mean([f1_score(truth, each, average=None) for each in predicted], axis=0)
    assert [found["f1"][name]["value"] for name in NAMES] == pytest.approx(f1.tolist())


def figures(truth: np.ndarray, predicted: np.ndarray, who: list[str]) -> dict:  # type: ignore[type-arg]
    return class_figures(truth, predicted, who, NAMES, level=0.9, draws=500, seed=1)


def test_values_lie_in_their_intervals_and_names_stay() -> None:
    truth, predicted = some_predictions(1)
    found = figures(truth, predicted, persons())
    every = [found["balanced_accuracy"], *found["f1"].values(), *found["recall"].values()]
    assert all(each["interval"][0] <= each["value"] <= each["interval"][1] for each in every)
    assert tuple(found["f1"]) == NAMES == tuple(found["recall"])
    assert np.sum(found["confusion"]) == pytest.approx(60)
    assert found["chance"] == pytest.approx(1 / 3)


def test_scans_that_go_together_make_intervals_wider() -> None:
    """Forty scans of ten persons tell no more than ten scans, if a person's are all alike."""
    truth, predicted = some_predictions(2, scans=15)
    truth, predicted = np.repeat(truth, 4), np.repeat(predicted, 4, axis=1)
    together = figures(truth, predicted, [f"s{n // 4}" for n in range(60)])
    apart = figures(truth, predicted, [f"s{n}" for n in range(60)])

    def width(found: dict) -> float:  # type: ignore[type-arg]
        low, high = found["balanced_accuracy"]["interval"]
        return float(high - low)

    assert width(together) > 1.5 * width(apart)


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Sixty scans right with probability 0.8: the value is known, and nine in ten hold it."""
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(150):
        truth = np.arange(60) % 2
        predicted = np.where(rng.uniform(size=60) < 0.8, truth, 1 - truth)
        found = class_figures(
            truth, predicted[np.newaxis], [str(n) for n in range(60)], ("a", "b"),
            level=0.9, draws=300, seed=1,
        )  # fmt: skip
        low, high = found["balanced_accuracy"]["interval"]
        covered.append(low <= 0.8 <= high)
    assert 0.82 < np.mean(covered) < 0.96


def test_a_draw_without_a_class_says_nothing_of_it() -> None:
    table = person_confusion(np.array([0, 0, 0, 1]), np.array([[0, 0, 1, 1]]), list("abcd"), 2)
    drawn = bootstrap(table, draws=400, seed=1)
    assert 200 < len(drawn) < 350
    assert np.isfinite(f1_and_recall(drawn)).all()


def refusal(labels: list[int], who: list[str]) -> str:
    return too_few(np.array(labels), who, ("good", "bad"), least_scans=3, least_subjects=2)


def test_enough_ratings_are_not_refused() -> None:
    assert refusal([0, 0, 0, 1, 1, 1], list("aabccd")) == ""


def test_too_few_scans_or_subjects_are_named_with_what_it_takes() -> None:
    said = refusal([0, 0, 0, 1, 1], list("aaabc"))
    assert "“good” has 3 scans of 1 subject" in said
    assert "“bad” has 2 scans of 2 subjects" in said
    assert "takes 3 scans of 2 subjects in every class" in said


def test_a_class_that_nobody_gave_is_named() -> None:
    assert "“bad” has 0 scans of 0 subjects" in refusal([0, 0, 0], list("abc"))
