"""Drawn motion reaches the wanted score, or its limits."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCLib.motion import trajectory_scores
from MotionQCTraining.synthesis.motion_draws import COURSES, CourseName, MotionDraws

CENTER = (3.0, -10.0, 20.0)
ENERGY = np.abs(np.fft.fftfreq(96)) + 0.05
ENERGY /= ENERGY.sum()


@pytest.mark.parametrize("wanted", [0.0, 0.2, 1.0, 3.0])
def test_a_drawn_trajectory_has_the_wanted_score_unless_it_hits_a_limit(wanted: float) -> None:
    draws = MotionDraws()
    reached = []
    for seed in range(60):
        trajectory = draws.trajectory(np.random.default_rng(seed), wanted, "AP", ENERGY, CENTER)
        score = trajectory_scores(trajectory, ENERGY, CENTER).edge
        within = np.abs(trajectory.poses).max(axis=0)
        assert within[:3].max() <= draws.limit_mm + 1e-9
        assert within[3:].max() <= draws.limit_deg + 1e-9
        assert score <= wanted * 1.05 + 1e-9
        reached.append(abs(score - wanted) <= 0.05 * wanted + 1e-9)
    assert np.mean(reached) > 0.6


def test_scores_cover_the_range_with_the_share_of_still_samples_asked_for() -> None:
    draws = MotionDraws(still=0.25)
    rng = np.random.default_rng(0)
    scores = np.array([draws.score(rng) for _ in range(4000)])
    assert np.mean(scores == 0) == pytest.approx(0.25, abs=0.03)
    assert scores.max() <= 4.0
    assert all(np.mean((scores > a) & (scores <= a + 1)) > 0.08 for a in range(4))


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
def test_a_course_begins_at_rest_in_time_order_and_repeats_with_its_seed(course) -> None:  # type: ignore[no-untyped-def]
    poses, onsets = course(np.random.default_rng(5))
    again, _ = course(np.random.default_rng(5))
    assert np.all(poses[0] == 0)
    assert onsets[0] == 0
    assert np.all(np.diff(onsets) >= 0)
    assert onsets[-1] < 1
    np.testing.assert_array_equal(poses, again)


def test_motion_is_of_the_kinds_asked_for() -> None:
    draws = MotionDraws(courses=("drift",))
    for seed in range(5):
        trajectory = draws.trajectory(np.random.default_rng(seed), 1.0, "AP", ENERGY, CENTER)
        shares = trajectory.poses[1:] / np.where(trajectory.poses[-1], trajectory.poses[-1], 1)
        np.testing.assert_allclose(shares[:, 0], np.linspace(0.1, 1, 10))


@pytest.mark.parametrize("courses", [(), ("steps", "jumps")])
def test_kinds_of_motion_that_there_are_not_are_refused(courses: tuple[CourseName, ...]) -> None:
    with pytest.raises(ValueError, match="give some of steps, walk"):
        MotionDraws(courses=courses)
