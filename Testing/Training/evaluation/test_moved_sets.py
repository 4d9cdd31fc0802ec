"""Sets hold what they say: TorchIO's own motion, brains where the head lay, and still heads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torchio

from MotionQCLib.motion import Trajectory
from MotionQCTraining.evaluation import limited_motion
from MotionQCTraining.evaluation.judged_scans import JudgedScan
from MotionQCTraining.evaluation.moved_sets import displaced_set, foreign_set, moved_set
from MotionQCTraining.evaluation.protocol import Protocol
from MotionQCTraining.evaluation.resting_head import Frame, RestingHead, rest

FRAME = Frame((64, 64, 64), 3.5)


class Spy:
    """Stands for the class of trajectories, and remembers TorchIO's parameters."""

    asked: tuple[Any, ...] = ()

    @classmethod
    def from_torchio(cls, *parameters: Any) -> Trajectory:
        cls.asked = parameters
        return Trajectory.from_torchio(*parameters)


def test_foreign_motion_is_what_torchio_makes_of_the_scan(
    a_judged_scan: JudgedScan,
    a_head: RestingHead,
    small_protocol: Protocol,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limited_motion, "Trajectory", Spy)
    volume, facts = next(foreign_set(a_judged_scan, small_protocol, FRAME))
    degrees, translation, times = Spy.asked
    tensor = torch.from_numpy(a_head.scan.data.astype(np.float32))[None]
    motion = torchio.Motion(
        degrees=degrees, translation=translation, times=times, image_interpolation="linear"
    )
    moved = motion(torchio.ScalarImage(tensor=tensor, affine=a_head.centered)).numpy()[0]
    np.testing.assert_allclose(volume, FRAME.volume(replace(a_head.scan, data=moved)), atol=2e-3)
    assert facts.pattern == "torchio"
    assert facts.true_mm is not None
    assert 0 < facts.true_mm <= 4


def test_the_same_set_comes_again_and_other_subjects_move_otherwise(
    a_judged_scan: JudgedScan, small_protocol: Protocol
) -> None:
    moves = replace(small_protocol.held_out, draws=1)
    first, again, other = (
        [facts for _, facts in moved_set(scan, small_protocol, moves, FRAME, both_forms=False)]
        for scan in (a_judged_scan, a_judged_scan, replace(a_judged_scan, subject="sub-99"))
    )
    assert first == again
    assert first[0].true_mm != other[0].true_mm


def test_whole_heads_come_as_brains_too(
    a_judged_scan: JudgedScan, small_protocol: Protocol
) -> None:
    moves = replace(small_protocol.held_out, draws=1)
    made = [*moved_set(a_judged_scan, small_protocol, moves, FRAME, both_forms=True)]
    assert [(f.form, f.true_mm == 0) for _, f in made] == [
        ("whole", True), ("brain", True), ("whole", False), ("brain", False),
    ]  # fmt: skip
    assert made[2][1].true_mm == made[3][1].true_mm
    assert (made[1][0] > 0.05).sum() < 0.7 * (made[0][0] > 0.05).sum()


def test_a_brain_is_cut_out_where_the_head_lay_at_the_centre_of_k_space(
    a_head: RestingHead,
) -> None:
    shift = np.array([[0, 0, 0, 0, 0, 0], [0, 9.0, 0, 0, 0, 0]])
    moved_early = Trajectory(shift, np.array([0.0, 0.2]), pivot=tuple(a_head.center))
    moved = a_head.moved(moved_early)
    cut = a_head.extracted(moved, moved_early).data > 0
    assert a_head.mask is not None
    forward = np.argwhere(cut).mean(axis=0) - np.argwhere(a_head.mask).mean(axis=0)
    np.testing.assert_allclose(forward * a_head.scan.spacing, [0, 9.0, 0], atol=0.3)
    with pytest.raises(ValueError, match="mask is None"):
        RestingHead(a_head.scan, "whole", None).extracted(moved, moved_early)


def test_displaced_heads_are_still_and_the_first_is_as_it_is(
    a_judged_scan: JudgedScan, a_head: RestingHead, small_protocol: Protocol
) -> None:
    (plain, first), (turned, second) = displaced_set(a_judged_scan, small_protocol, FRAME)
    assert (first.pattern, second.pattern) == ("still", "displaced")
    assert first.true_mm == second.true_mm == 0.0
    np.testing.assert_array_equal(plain, FRAME.volume(a_head.scan))
    assert not np.allclose(plain, turned, atol=0.05)


def test_scans_moved_on_the_grid_lie_there_before_they_are_moved(
    a_judged_scan: JudgedScan,
) -> None:
    on_grid = rest(replace(a_judged_scan, moved_on="grid", form=None), FRAME)
    assert on_grid.scan.data.shape == FRAME.grid
    assert on_grid.form == "whole", "read off the scan where nobody says"
    assert on_grid.mask is not None
    inside = np.argwhere(on_grid.mask).mean(axis=0)
    np.testing.assert_allclose((on_grid.scan.affine @ [*inside, 1])[:3], on_grid.center, atol=25)
