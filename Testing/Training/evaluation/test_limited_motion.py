"""Motion of evaluations has the wanted score, and never exceeds the protocol's limits."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCLib.motion import rms_deviation, scores
from MotionQCTraining.evaluation.limited_motion import (
    balanced_axes,
    draw_foreign_motion,
    draw_motion,
    largest_within,
    wanted_scores,
)
from MotionQCTraining.evaluation.protocol import Foreign, Limits, Moves
from MotionQCTraining.evaluation.resting_head import AXES, RestingHead

LIMITS = Limits()
MOVES = Moves(4, ("steps", "step-and-return", "swallow", "drift", "nod"))


@pytest.mark.parametrize("wanted", [0.3, 1.7, 3.2])
@pytest.mark.parametrize("axis", AXES)
def test_a_motion_has_the_wanted_score_within_the_limits(
    a_head: RestingHead, wanted: float, axis: str
) -> None:
    motion = draw_motion(np.random.default_rng(3), MOVES, LIMITS, wanted, axis, a_head)
    assert motion.score_mm == pytest.approx(wanted, abs=1e-3)
    assert motion.trajectory.axis == axis
    assert np.abs(motion.trajectory.poses[:, :3]).max() <= 4.0 + 1e-9
    assert np.abs(motion.trajectory.poses[:, 3:]).max() <= 2.0 + 1e-9
    found = scores(a_head.scan.data, a_head.scan.affine, motion.trajectory).edge
    assert found == pytest.approx(wanted, abs=1e-3)


def test_a_score_out_of_reach_gives_the_largest_motion_that_the_limits_allow(
    a_head: RestingHead,
) -> None:
    moves = Moves(1, ("swallow",), (1, 1))
    motion = draw_motion(np.random.default_rng(0), moves, LIMITS, 3.9, "AP", a_head)
    assert motion.score_mm < 3.9
    size = np.abs(motion.trajectory.poses).max(axis=0)
    assert max(size[:3].max() / 4.0, size[3:].max() / 2.0) == pytest.approx(1.0)


def test_the_same_seed_draws_the_same_motion(a_head: RestingHead) -> None:
    first, second = (
        draw_motion(np.random.default_rng(5), MOVES, LIMITS, 1.0, "SI", a_head) for _ in range(2)
    )
    np.testing.assert_array_equal(first.trajectory.poses, second.trajectory.poses)
    other = draw_motion(np.random.default_rng(6), MOVES, LIMITS, 1.0, "SI", a_head)
    assert not np.array_equal(first.trajectory.poses, other.trajectory.poses)


def test_foreign_motion_turns_about_the_head_and_stays_within_the_limits(
    a_head: RestingHead,
) -> None:
    motion = draw_foreign_motion(np.random.default_rng(1), Foreign(1), LIMITS, 1.0, a_head)
    trajectory = motion.trajectory
    assert trajectory.convention == "torchio"
    # What TorchIO turns about, the world's origin of its affine, is where the brain's centre is.
    center = np.linalg.inv(a_head.centered) @ [0, 0, 0, 1]
    np.testing.assert_allclose((a_head.scan.affine @ center)[:3], a_head.center, atol=1e-9)
    largest = max(rms_deviation(push) for push in trajectory.matrices())
    assert 0 < motion.score_mm <= min(largest, LIMITS.score_mm)
    exact = scores(a_head.scan.data, a_head.centered, trajectory).edge
    assert motion.score_mm == pytest.approx(exact, abs=0.02)


def test_wanted_scores_cover_the_range_evenly_and_axes_take_turns() -> None:
    rng = np.random.default_rng(0)
    wanted = wanted_scores(rng, 8, LIMITS)
    np.testing.assert_array_equal(np.floor(wanted / 0.5), np.arange(8))
    axes = balanced_axes(rng, 9)
    assert all(axes.count(axis) == 3 for axis in AXES)


def test_a_motion_without_turns_is_limited_by_its_shifts(a_head: RestingHead) -> None:
    motion = draw_motion(np.random.default_rng(2), MOVES, LIMITS, 1.0, "AP", a_head)
    straight = motion.trajectory.scaled(1.0)
    poses = straight.poses.copy()
    poses[:, 3:] = 0
    object.__setattr__(straight, "poses", poses)
    assert np.abs(largest_within(straight, LIMITS).poses[:, :3]).max() == pytest.approx(4.0)
