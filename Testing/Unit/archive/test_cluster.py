"""Workers under Ray: the same scores, and one line where there is no cluster."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from MotionQCLib.archive.cluster import cluster_outcomes
from MotionQCLib.archive.failure import Failure
from MotionQCLib.archive.items import Item, list_items
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


def test_without_ray_one_line_says_how_to_get_it(
    some_work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"motionqc\[cluster\]"):
        next(cluster_outcomes(some_work, [], 1, "local"))
