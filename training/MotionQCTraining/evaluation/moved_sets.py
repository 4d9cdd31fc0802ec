"""The sets of moved and of displaced volumes that a protocol asks for, from one scan each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from MotionQCLib.motion import Trajectory, simulate
from MotionQCLib.scan import Scan
from MotionQCTraining.evaluation.fixed_volumes import Facts, Volume
from MotionQCTraining.evaluation.judged_scans import JudgedScan
from MotionQCTraining.evaluation.limited_motion import (
    Motion,
    balanced_axes,
    draw_foreign_motion,
    draw_motion,
    wanted_scores,
)
from MotionQCTraining.evaluation.protocol import Moves, Protocol
from MotionQCTraining.evaluation.resting_head import Frame, RestingHead, rest

Made = Iterator[tuple[Volume, Facts]]


def moved_set(
    judged: JudgedScan, protocol: Protocol, moves: Moves, frame: Frame, *, both_forms: bool
) -> Made:
    """Give the scan moved by patterns.

    Parameters
    ----------
    judged : JudgedScan
        The scan.
    protocol : Protocol
        Its limits.
    moves : Moves
        How many, and how they move.
    frame : Frame
        The model's grid.
    both_forms : bool
        Whether the still volume is given too and, of whole heads with a mask, the brain besides,
        cut out after the motion.
    """
    head, rng = rest(judged, frame), stream(moves.seed, judged)
    if both_forms:
        still = Trajectory(np.zeros((1, 6)), np.zeros(1))
        yield from _forms(head, head.scan, still, Facts(0.0, head.form), frame, both_forms)
    scores = wanted_scores(rng, moves.draws, protocol.limits)
    for wanted, axis in zip(scores, balanced_axes(rng, moves.draws), strict=True):
        motion = draw_motion(rng, moves, protocol.limits, float(wanted), axis, head)
        moved = head.moved(motion.trajectory)
        facts = _facts(motion, head)
        yield from _forms(head, moved, motion.trajectory, facts, frame, both_forms)


def foreign_set(judged: JudgedScan, protocol: Protocol, frame: Frame) -> Made:
    """Give the scan moved by the motion model of TorchIO, about the head's centre."""
    foreign = protocol.foreign
    head, rng = rest(judged, frame), stream(foreign.seed, judged)
    for share in (np.arange(foreign.draws) + rng.uniform(size=foreign.draws)) / foreign.draws:
        motion = draw_foreign_motion(rng, foreign, protocol.limits, float(share), head)
        image = simulate(head.scan.data, head.centered, motion.trajectory)
        yield frame.volume(replace(head.scan, data=image)), _facts(motion, head)


def displaced_set(judged: JudgedScan, protocol: Protocol, frame: Frame) -> Made:
    """Give the scan as it is and at rest in other poses: interpolated once, and not moved."""
    still = protocol.still
    head, rng = rest(judged, frame), stream(still.seed, judged)
    yield frame.volume(head.scan), Facts(0.0, head.form)
    size = np.repeat([still.displacement_mm, still.displacement_deg], 3)
    x, y, z = head.center
    for _ in range(still.draws):
        pose = rng.uniform(-size, size)[np.newaxis]
        trajectory = Trajectory(pose, np.zeros(1), pivot=(float(x), float(y), float(z)))
        yield frame.volume(head.moved(trajectory)), Facts(0.0, head.form, "displaced")


def stream(seed: int, judged: JudgedScan) -> Generator:
    """Return the random numbers of one scan, whoever else is judged."""
    return np.random.default_rng((seed, *judged.person.encode()))


def _forms(
    head: RestingHead,
    scan: Scan,
    trajectory: Trajectory,
    facts: Facts,
    frame: Frame,
    both_forms: bool,
) -> Made:
    yield frame.volume(scan), facts
    if both_forms and head.form == "whole" and head.mask is not None:
        cut = head.extracted(scan, trajectory)
        yield frame.volume(cut), replace(facts, form="brain")


def _facts(motion: Motion, head: RestingHead) -> Facts:
    trajectory = motion.trajectory
    axis = "last" if trajectory.convention == "torchio" else trajectory.axis
    others = motion.scores.to_json()
    true_mm = others.pop("edge")
    return Facts(true_mm, head.form, motion.pattern, axis, trajectory.ordering, others)
