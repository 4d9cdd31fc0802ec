"""Patterns: seeded, within their ranges, and each what its name says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from MotionQCLib.errors import InputError
from MotionQCLib.motion import rms_deviation
from MotionQCLib.motion.patterns import CONTINUOUS_SEGMENTS, PATTERNS, make_trajectory

every_pattern = pytest.mark.parametrize("pattern", PATTERNS)


def make(pattern, events=3, rotation_deg=2.0, translation_mm=1.5, seed=5, **more):
    return make_trajectory(
        pattern,
        events=events,
        rotation_deg=rotation_deg,
        translation_mm=translation_mm,
        seed=seed,
        **more,
    )


@every_pattern
def test_the_same_seed_gives_the_same_motion_and_another_seed_another(pattern):
    once, again, other = make(pattern), make(pattern), make(pattern, seed=6)
    assert np.array_equal(once.poses, again.poses)
    assert np.array_equal(once.onsets, again.onsets)
    assert not (
        np.array_equal(once.poses, other.poses) and np.array_equal(once.onsets, other.onsets)
    )


@every_pattern
@settings(max_examples=30)
@given(
    events=st.integers(1, 12),
    rotation_deg=st.floats(0, 15),
    translation_mm=st.floats(0, 15),
    seed=st.integers(0, 2**32),
)
def test_no_pose_leaves_the_ranges(pattern, events, rotation_deg, translation_mm, seed):
    made = make(pattern, events, rotation_deg, translation_mm, seed)
    assert np.abs(made.poses[:, :3]).max() <= translation_mm + 1e-9
    assert np.abs(made.poses[:, 3:]).max() <= rotation_deg + 1e-9


@every_pattern
def test_axis_and_pivot_are_those_asked_for(pattern):
    made = make(pattern, axis="SI", pivot=(1.0, 2.0, 3.0))
    assert (made.axis, made.pivot) == ("SI", (1.0, 2.0, 3.0))


@every_pattern
def test_a_pattern_without_range_is_rest(pattern):
    assert not make(pattern, rotation_deg=0, translation_mm=0).poses.any()


@every_pattern
def test_doubling_the_ranges_doubles_the_motion(pattern):
    small, large = make(pattern), make(pattern, rotation_deg=4.0, translation_mm=3.0)
    np.testing.assert_allclose(large.poses, 2 * small.poses, atol=1e-12)


def test_steps_are_as_many_as_asked_for_and_start_from_rest():
    made = make("steps", events=4)
    assert len(made) == 5
    assert not made.poses[0].any()
    assert len(np.unique(made.poses, axis=0)) == 5


@pytest.mark.parametrize("pattern", ["step-and-return", "swallow"])
def test_what_returns_comes_back_to_exactly_the_first_pose_after_each_event(pattern):
    made = make(pattern, events=3)
    at_rest = ~made.poses.any(axis=1)
    assert at_rest[0]
    assert at_rest[-1]
    assert at_rest.sum() == 4


def test_a_swallow_is_brief_and_lifts_the_chin():
    made = make("swallow", events=2)
    lasts = np.diff([*made.onsets, 1.0])[made.poses.any(axis=1)].sum()
    assert 0.02 <= lasts <= 0.06
    assert (made.poses[:, [2, 3]] >= 0).all()
    assert not made.poses[:, [0, 1, 4, 5]].any()


def test_drift_goes_straight_from_rest_to_the_farthest_pose():
    made = make("drift", events=1)
    assert len(made) == CONTINUOUS_SEGMENTS
    steps = np.diff(made.poses, axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape), atol=1e-12)
    np.testing.assert_allclose(made.poses[0], steps[0] / 2, atol=1e-12)


def test_a_drift_with_many_turns_has_steps_between_all_of_them():
    assert len(make("drift", events=20)) == 80


def test_a_nod_repeats_itself_every_period():
    made = make("nod", events=5)
    later = np.searchsorted(made.onsets, made.onsets[1:-8] + 1 / 5 + 1e-9, side="right") - 1
    assert np.array_equal(made.poses[later], made.poses[1:-8])
    assert len(np.unique(made.poses, axis=0)) == 4
    assert made.poses[:, 3].min() == -made.poses[:, 3].max()


def test_a_random_walk_is_smooth_and_wanders():
    made = make("random-walk", events=6, rotation_deg=3, translation_mm=3)
    moved = [rms_deviation(push) for push in made.matrices()]
    between = [
        rms_deviation(b, a) for a, b in zip(made.matrices(), made.matrices()[1:], strict=False)
    ]
    assert max(between) < 0.5 * max(moved)
    assert moved[0] < max(moved)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"pattern": "jump"}, "pattern is 'jump'; give one of"),
        ({"events": 0}, "events is 0"),
        ({"rotation_deg": -1}, "rotation_deg is -1"),
        ({"translation_mm": float("nan")}, "translation_mm is nan"),
        ({"axis": "XY"}, "axis is 'XY'"),
    ],
)
def test_a_setting_out_of_range_is_the_users_fault(changed, message):
    with pytest.raises(InputError, match=message):
        make(**({"pattern": "steps"} | changed))


@every_pattern
@settings(max_examples=30)
@given(
    onset=st.floats(0.0, 0.95),
    events=st.integers(1, 8),
    seed=st.integers(0, 2**32),
)
def test_the_head_rests_until_the_onset_and_moves_from_then_on(pattern, onset, events, seed):
    made = make(pattern, events, seed=seed, onset=onset)
    moves = made.onsets[made.poses.any(axis=1)]
    assert moves[0] == pytest.approx(onset, abs=1e-12)
    assert np.all(made.onsets < 1)


@every_pattern
def test_an_onset_changes_when_and_not_how_the_head_moves(pattern):
    free, late = make(pattern), make(pattern, onset=0.6)
    moved = free.poses[int(np.argmax(free.poses.any(axis=1))) :]
    np.testing.assert_array_equal(late.poses[-len(moved) :], moved)


@every_pattern
def test_each_axis_has_its_own_range(pattern):
    made = make(pattern, rotation_deg=(3.0, 0.0, 0.0), translation_mm=(0.0, 0.0, 2.0))
    used = made.poses.any(axis=0)
    assert used[2]
    assert used[3]
    assert not used[[0, 1, 4, 5]].any()


@every_pattern
def test_the_ordering_is_the_one_asked_for(pattern):
    assert make(pattern, ordering="centric").ordering == "centric"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("onset", 1.0),
        ("onset", -0.1),
        ("onset", float("nan")),
        ("ordering", "random"),
        ("rotation_deg", (1.0, 2.0)),
        ("translation_mm", (1.0, -2.0, 0.0)),
    ],
)
def test_a_wrong_setting_is_named(name, value):
    with pytest.raises(InputError, match=name):
        make("steps", **{name: value})
