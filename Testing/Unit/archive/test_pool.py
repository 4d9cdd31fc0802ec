"""Processes that score side by side: all scans once, whatever dies."""

from __future__ import annotations

import multiprocessing
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.archive.failure import Failure
from MotionQCLib.archive.items import Item, list_items
from MotionQCLib.archive.pool import KILLED_CODE, pool_outcomes
from MotionQCLib.archive.worker import Work
from MotionQCLib.errors import InputError


def test_every_scan_is_scored_once_and_a_fault_stops_no_other(
    an_archive: Path, some_work: Work
) -> None:
    items = [*list_items([an_archive]), Item(an_archive / "missing.nii", "k")]
    outcomes = {item.path.name: found for item, found in pool_outcomes(some_work, items, 2)}
    assert len(outcomes) == 4
    missing = outcomes.pop("missing.nii")
    assert isinstance(missing, Failure)
    assert missing.code == "not-found"
    scores = {found[0].motion_score_mm for found in outcomes.values()}  # type: ignore[index]
    assert len(scores) == 1
    assert some_work.output is not None
    assert len(list(some_work.output.glob("*_motionqc.json"))) == 3


def test_a_model_that_is_not_there_is_said_and_not_taken_for_a_dead_worker(
    an_archive: Path, some_work: Work
) -> None:
    work = replace(some_work, model="nobody")
    with pytest.raises(InputError, match="no such model"):
        list(pool_outcomes(work, list_items([an_archive]), 2))


def test_a_killed_worker_costs_no_scan(an_archive: Path, some_work: Work) -> None:
    items = list_items([an_archive])
    outcomes = pool_outcomes(some_work, items, 2)
    first = next(outcomes)
    kill_workers()
    found = [first, *outcomes]
    assert sorted(item.path for item, _ in found) == [item.path for item in items]
    assert not [each for _, each in found if isinstance(each, Failure)]


def test_a_scan_whose_every_worker_is_killed_is_named(an_archive: Path, some_work: Work) -> None:
    over = threading.Event()

    def kill_all() -> None:
        while not over.wait(0.05):
            kill_workers()

    killer = threading.Thread(target=kill_all)
    killer.start()
    try:
        ((item, outcome),) = pool_outcomes(some_work, list_items([an_archive])[:1], 2)
    finally:
        over.set()
        killer.join()
    assert isinstance(outcome, Failure)
    assert outcome.code == KILLED_CODE
    assert item.path.name in outcome.message


def kill_workers() -> None:
    for child in multiprocessing.active_children():
        child.kill()
