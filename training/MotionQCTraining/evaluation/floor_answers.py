"""What the floor says of the volumes that a model is asked about: a regression in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.errors import InputError
from MotionQCTraining.data.arrays import save_array
from MotionQCTraining.evaluation.fixed_volumes import FixedVolume, fixed_volumes
from MotionQCTraining.evaluation.judge import Answer
from MotionQCTraining.evaluation.judged_scans import JudgedScan
from MotionQCTraining.evaluation.moved_sets import moved_set
from MotionQCTraining.evaluation.protocol import Protocol
from MotionQCTraining.evaluation.resting_head import Frame
from MotionQCTraining.evaluation.scored import Scored, scored_of
from MotionQCTraining.judging.floor import Floor, features_of_files, fit_floor

Sets = Sequence[tuple[str, JudgedScan, Sequence[FixedVolume]]]
"""Volumes by evaluation and scan."""


def trained_subjects(scans: Sequence[JudgedScan], protocol: Protocol) -> list[JudgedScan]:
    """Return whose volumes the floor is fitted on: of the model's own sources, the first some.

    Raises
    ------
    InputError
        ``floor``: the model was trained on fewer than two of the protocol's subjects.
    """
    sources = sorted({scan.source for scan in scans})
    members = [
        [s for s in scans if s.source == source and s.part == "train" and not s.left_out]
        for source in sources
    ]
    chosen = [scan for own in members for scan in own[: protocol.floor.subjects]]
    if len({scan.person for scan in chosen}) < 2:
        raise InputError(
            "floor", "the floor needs two subjects that the model was trained on; leave it out"
        )
    return chosen


def training_volumes(
    scan: JudgedScan, protocol: Protocol, frame: Frame, folder: Path, tick: Callable[[], None]
) -> list[FixedVolume]:
    """Return a subject's volumes to fit the floor on, made now if need be."""
    moves = replace(protocol.held_out, draws=protocol.floor.draws, seed=protocol.floor.seed)
    return fixed_volumes(
        folder, lambda: moved_set(scan, protocol, moves, frame, both_forms=True), tick
    )


def floor_answers(floor: Floor, sets: Sets, tick: Callable[[], None]) -> list[Scored]:
    """Return what the floor says of every volume."""
    keep_features(sets, tick)
    scored = []
    for evaluation, scan, volumes in sets:
        for volume, score in zip(volumes, floor(kept_features(volumes)), strict=True):
            scored.append(scored_of(evaluation, scan, volume.facts, Answer(float(score))))
    return scored


def fitted_floor(sets: Sets, tick: Callable[[], None]) -> Floor:
    """Fit the floor on volumes of subjects that the model was trained on."""
    keep_features(sets, tick)
    features, scores, persons = [], [], []
    for _, scan, volumes in sets:
        features.append(kept_features(volumes))
        scores += [volume.facts.true_mm or 0.0 for volume in volumes]
        persons += [scan.person] * len(volumes)
    return fit_floor(np.concatenate(features), scores, persons)


def keep_features(sets: Sets, tick: Callable[[], None], workers: int = 2) -> None:
    """Compute the features of all sets that have none yet, in parallel; keep them beside them."""
    missing = [volumes for _, _, volumes in sets if not _features_file(volumes).exists()]
    if not missing:
        return
    files = [[volume.file for volume in volumes] for volumes in missing]
    context = get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(missing)), mp_context=context) as pool:
        found = pool.map(features_of_files, files)
        try:
            for volumes, features in zip(missing, found, strict=True):
                save_array(_features_file(volumes), features)
                tick()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def kept_features(volumes: Sequence[FixedVolume]) -> NDArray[np.float64]:
    """Return the features ``(V, F)`` of a set, as :func:`keep_features` has kept them."""
    kept: NDArray[np.float64] = np.load(_features_file(volumes))
    return kept


def _features_file(volumes: Sequence[FixedVolume]) -> Path:
    return volumes[0].file.parent / "features.npy"
