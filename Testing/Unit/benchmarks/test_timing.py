"""Rivals take turns, and are compared with the slow one."""

from __future__ import annotations

import numpy as np
import pytest
from timing import Timing, compare, take_turns


def timing(wall_s: float, processor_s: float) -> Timing:
    return Timing(np.full(3, wall_s), np.full(3, processor_s))


def test_rivals_take_turns_after_a_round_to_warm_up() -> None:
    turns: list[str] = []
    timings = take_turns({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, rounds=2)
    assert turns == ["a", "b"] * 3
    assert {name: len(timing.wall) for name, timing in timings.items()} == {"a": 2, "b": 2}


def test_speed_is_the_ratio_of_wall_times_beside_its_target() -> None:
    timings = {"peer": timing(1.0, 2.0), "ours": timing(0.25, 0.2), "other": timing(2.0, 2.0)}
    ours, other = compare(timings, "peer", {"ours": 5.0})
    assert (ours.name, ours.value, ours.met) == ("ours", pytest.approx(4.0), False)
    assert ours.note == "250.0 ms against 1000.0 ms; 10.0 × in processor time"
    assert (other.value, other.met) == (pytest.approx(0.5), None)


def test_the_median_is_not_moved_by_one_busy_moment() -> None:
    assert Timing(np.array([1.0, 50.0, 1.0]), np.ones(3)).wall_s == 1.0
