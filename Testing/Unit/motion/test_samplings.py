"""The published samplings: their ranges, their goal procedure, and what mending changes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from MotionQCLib.motion import pose_matrix, rms_deviation, trajectory_scores
from MotionQCLib.motion.samplings import (
    Bricout2025Sampling,
    MotionDraw,
    TorchIOSampling,
    loizillon2023,
)

RADIUS = 82.5


def draws(sampling, count=200, seed=1):
    rng = np.random.default_rng(seed)
    return [sampling.draw(rng) for _ in range(count)]


def listed_label(draw, rotations):
    """The label in the listed order, by the general deviation of matrices."""
    maps = [np.eye(4)]
    for rotation, shift in zip(rotations, draw.translation, strict=True):
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = rotation, shift
        maps.append(matrix)
    return np.mean([rms_deviation(b, a, radius=RADIUS) for a, b in pairwise(maps)])


@pytest.mark.parametrize(
    "sampling", [TorchIOSampling(movements=4), loizillon2023(), Bricout2025Sampling()]
)
def test_a_seed_settles_the_draw(sampling):
    one, again = draws(sampling, 3), draws(sampling, 3)
    for a, b in zip(one, again, strict=True):
        assert np.array_equal(a.degrees, b.degrees)
        assert np.array_equal(a.translation, b.translation)
        assert np.array_equal(a.times, b.times)


@pytest.mark.parametrize("movements", [1, 2, 7, 48])
def test_times_lie_within_a_third_of_a_step_around_even_ones(movements):
    step = 1 / (movements + 1)
    off = [
        draw.times - np.arange(1, movements + 1) * step
        for draw in draws(TorchIOSampling(movements=movements))
    ]
    assert np.abs(off).max() <= 0.3 * step + 1e-12
    assert np.abs(off).max() > 0.25 * step


def test_torchios_values_fill_their_ranges():
    made = draws(TorchIOSampling((-3, 5), (1, 2), movements=6))
    degrees = np.concatenate([draw.degrees for draw in made])
    shifts = np.concatenate([draw.translation for draw in made])
    assert (degrees.min(), degrees.max()) == pytest.approx((-3, 5), abs=0.1)
    assert (shifts.min(), shifts.max()) == pytest.approx((1, 2), abs=0.05)


@pytest.mark.parametrize(
    ("severity", "low", "high"),
    [("mild", 2, 4), ("moderate", 4, 6), ("severe", 6, 8), ("test", 2, 8)],
)
def test_loizillons_draws_are_positive_and_mended_ones_are_not(severity, low, high):
    published, mended = loizillon2023(severity), loizillon2023(severity, signed=True)
    for draw in draws(published):
        assert draw.degrees.shape == (2, 3)
        assert low <= draw.degrees.min() <= draw.degrees.max() <= high
        assert low <= draw.translation.min() <= draw.translation.max() <= high
    values = np.concatenate([draw.degrees for draw in draws(mended)])
    assert 0.4 < (values > 0).mean() < 0.6
    assert low <= np.abs(values).min() <= np.abs(values).max() <= high


def test_loizillons_positive_draws_are_close_together_and_far_from_rest():
    from_rest, apart = [], []
    for draw in draws(loizillon2023("severe"), 400):
        first, second = (pose_matrix(pose) for pose in draw.mended(pivot=(0, 0, 0)).poses[1:])
        from_rest += [rms_deviation(first), rms_deviation(second)]
        apart.append(rms_deviation(first, second))
    assert np.mean(from_rest) == pytest.approx(16.3, abs=0.2)
    assert np.mean(apart) == pytest.approx(1.8, abs=0.15)


def test_bricouts_label_is_near_its_goal_and_uniform_over_the_range():
    labels = np.array([draw.label_mm for draw in draws(Bricout2025Sampling(), 600)])
    assert 0.08 <= labels.min() < 0.3
    assert 3.8 < labels.max() <= 4.22
    counts, _ = np.histogram(labels, 4, (0.1, 4.1))
    assert counts.min() > 0.7 * 150


def test_bricouts_draws_respect_the_ranges_their_goal_sets():
    for draw in draws(Bricout2025Sampling(), 300):
        assert 2 <= len(draw.times) <= 7
        assert np.abs(draw.translation).max() <= draw.label_mm + 0.02
        assert np.abs(draw.degrees).max() <= min((draw.label_mm + 0.22) / 3, 1.0)


def test_bricouts_label_as_published_reads_angles_as_rotation_vectors():
    for draw in draws(Bricout2025Sampling(), 20):
        rotations = Rotation.from_rotvec(draw.degrees, degrees=True).as_matrix()
        assert draw.label_mm == pytest.approx(listed_label(draw, rotations), abs=1e-9)


def test_bricouts_mended_label_scores_the_maps_applied():
    for draw in draws(Bricout2025Sampling(mended=True), 20):
        rotations = [pose_matrix([0, 0, 0, *angles])[:3, :3] for angles in draw.degrees]
        assert draw.label_mm == pytest.approx(listed_label(draw, rotations), abs=1e-9)


def test_bricouts_mended_label_is_that_of_the_mended_trajectory_in_time_order():
    for draw in draws(Bricout2025Sampling(mended=True), 20):
        pulls = [np.linalg.inv(push) for push in draw.mended(pivot=(0, 0, 0)).matrices()]
        successive = [rms_deviation(b, a, radius=RADIUS) for a, b in pairwise(pulls)]
        assert draw.label_mm == pytest.approx(np.mean(successive), abs=1e-9)


def test_published_and_mended_trajectories_hold_the_same_poses_in_another_order():
    draw = MotionDraw(
        np.array([[1.0, 2, 3], [4, 5, 6], [-1, -2, -3]]), np.eye(3), np.array([0.2, 0.6, 0.8])
    )
    published, mended = draw.as_published(), draw.mended(axis="LR")
    assert not mended.poses[0].any()
    assert not published.poses[1].any()
    assert np.array_equal(published.poses[[1, 0, 2, 3]], mended.poses)
    assert (mended.axis, mended.pivot, mended.convention) == ("LR", None, "motionqc")


def test_a_goal_that_no_motion_meets_is_reported():
    never = Bricout2025Sampling(tolerance_mm=-1.0, movements=(2, 2))
    with pytest.raises(RuntimeError, match="widen tolerance_mm"):
        never.draw(np.random.default_rng(0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TorchIOSampling(degrees=(3, 1)), "degrees is"),
        (lambda: TorchIOSampling(movements=0), "movements is 0"),
        (lambda: loizillon2023("fatal"), "severity must be one of"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_label_of_a_published_draw_is_the_score_of_its_trajectory():
    for draw in draws(Bricout2025Sampling(), 5):
        scored = trajectory_scores(draw.as_published(), np.full(40, 1 / 40), (0, 0, 0))
        assert scored.bricout2025 == pytest.approx(draw.label_mm, rel=0.01)
