"""Workers under Ray: the same scores, and one line where there is no cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from MotionQCLib.archive import cluster
from MotionQCLib.archive.cluster import cluster_outcomes
from MotionQCLib.archive.failure import Failure
from MotionQCLib.archive.items import Item, list_items
from MotionQCLib.archive.pool import KILLED_CODE
from MotionQCLib.archive.worker import Work
from MotionQCLib.errors import InputError


def test_every_scan_is_scored_once_on_a_cluster(an_archive: Path, some_work: Work) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: make test-ray")
    items = [*list_items([an_archive])[:2], Item(an_archive / "missing.nii", "k")]
    outcomes = {i.path.name: found for i, found in cluster_outcomes(some_work, items, 1, "local")}
    assert len(outcomes) == 3
    assert isinstance(outcomes.pop("missing.nii"), Failure)
    assert not any(isinstance(found, Failure) for found in outcomes.values())
    assert some_work.output is not None
    assert len(list(some_work.output.glob("*_motionqc.json"))) == 2


def test_a_model_that_is_not_there_is_said_and_not_taken_for_a_dead_worker(
    an_archive: Path, some_work: Work
) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: make test-ray")
    work = replace(some_work, model="nobody")
    with pytest.raises(InputError, match="no such model"):
        list(cluster_outcomes(work, list_items([an_archive]), 1, "local"))


class ActorError(Exception):
    """In place of Ray's."""


class ClusterOfMortals:
    """Ray as far as it is asked for: who is given a deadly scan is dead from then on."""

    exceptions = SimpleNamespace(RayActorError=ActorError, OutOfMemoryError=MemoryError)

    def __init__(self) -> None:
        self.begun = 0
        self.running = True

    def remote(self, **_: object) -> Callable[[type], Any]:
        return lambda kind: SimpleNamespace(remote=self._begin)

    def _begin(self, work: Work) -> Any:
        self.begun += 1
        worker = SimpleNamespace(dead=False)
        worker.outcome = SimpleNamespace(remote=lambda item: SimpleReference(worker, item))
        return worker

    def wait(
        self, references: Sequence[SimpleReference], *, num_returns: int
    ) -> tuple[Sequence[SimpleReference], Sequence[SimpleReference]]:
        return references[:num_returns], references[num_returns:]

    def get(self, reference: SimpleReference) -> object:
        reference.worker.dead |= reference.item.path.name == "deadly"
        if reference.worker.dead:
            raise ActorError
        return "scored"

    def shutdown(self) -> None:
        self.running = False


class SimpleReference:
    def __init__(self, worker: Any, item: Item) -> None:
        self.worker, self.item = worker, item


def test_a_scan_that_kills_its_workers_is_named_and_costs_no_other(
    some_work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    mortals = ClusterOfMortals()
    monkeypatch.setattr(cluster, "connect", lambda *_: mortals)
    names = ["deadly", "a", "b", "deadly", "c", "deadly", "d"]
    items = [Item(Path(str(number), name), str(number)) for number, name in enumerate(names)]
    outcomes = list(cluster_outcomes(some_work, items, 2, "auto"))
    assert sorted(item.key for item, _ in outcomes) == [item.key for item in items]
    for item, outcome in outcomes:
        if item.path.name == "deadly":
            assert isinstance(outcome, Failure)
            assert outcome.code == KILLED_CODE
        else:
            assert outcome == "scored"
    assert mortals.begun == 2 + 2 * names.count("deadly")
    assert not mortals.running


def test_without_ray_one_line_says_how_to_get_it(
    some_work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"motionqc\[cluster\]"):
        next(cluster_outcomes(some_work, [], 1, "local"))
