"""A trajectory survives being written as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.patterns import PATTERNS, make_trajectory
from MotionQCLib.motion.recipe import trajectory_from_json, trajectory_to_json


def same(one: Trajectory, other: Trajectory) -> bool:
    return (
        np.array_equal(one.poses, other.poses)
        and np.array_equal(one.onsets, other.onsets)
        and (one.axis, one.ordering, one.pivot, one.convention)
        == (other.axis, other.ordering, other.pivot, other.convention)
    )


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("pivot", [None, (1.25, -3.0, 1 / 3)])
def test_a_trajectory_comes_back_as_it_was(pattern, pivot):
    made = make_trajectory(
        pattern, events=3, rotation_deg=2, translation_mm=1, axis="SI", seed=3, pivot=pivot
    )
    assert same(made, trajectory_from_json(json.loads(json.dumps(trajectory_to_json(made)))))


def test_one_in_torchios_convention_does_too():
    made = Trajectory.from_torchio([[1, 2, 3]], [[4, 5, 6]], [0.3])
    assert same(made, trajectory_from_json(json.loads(json.dumps(trajectory_to_json(made)))))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"poses": [[1, 2]]}, "poses"),
        ({"onsets": [0.5]}, "onsets"),
        ({"axis": "up"}, "axis"),
        ({"pivot": [1]}, "pivot"),
        ({"pivot": 7}, "pivot"),
        ({"pivot": [1, 2, float("nan")]}, "pivot"),
        ({"poses": None}, "recipe"),
    ],
)
def test_a_wrong_field_is_named(change, named):
    recipe = trajectory_to_json(Trajectory(np.zeros((1, 6)), np.zeros(1)))
    with pytest.raises(InputError, match=named):
        trajectory_from_json(recipe | change)


def test_a_missing_field_is_named():
    with pytest.raises(InputError, match="axis is missing"):
        trajectory_from_json({"poses": [[0] * 6], "onsets": [0]})
