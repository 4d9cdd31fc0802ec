"""A run that was cut short goes on: nothing twice, nothing lost."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from MotionQCLib.archive import run
from MotionQCLib.archive.folder import ArchiveFolder
from MotionQCLib.archive.items import Item, list_items
from MotionQCLib.archive.run import Crew, score_items
from MotionQCLib.archive.worker import Outcome, Work
from MotionQCLib.models import ModelBundle


def test_a_second_run_scores_what_is_missing_and_returns_all(
    an_archive: Path, some_work: Work, a_model: ModelBundle
) -> None:
    assert some_work.output is not None
    items = list_items([an_archive])
    with ArchiveFolder(some_work.output, a_model.metadata) as folder:
        scored = score_items(some_work, a_model, items, folder, Crew(workers=1))
        first = next(scored)
        scored.close()  # type: ignore[attr-defined]
    made = (some_work.output / "sub-01_T1w_motionqc.json").stat().st_mtime_ns
    with ArchiveFolder(some_work.output, a_model.metadata) as folder:
        found = list(score_items(some_work, a_model, items, folder, Crew(workers=1)))
    assert (some_work.output / "sub-01_T1w_motionqc.json").stat().st_mtime_ns == made
    assert [item.path for item, _ in found] == [item.path for item in items]
    assert found[0][1][0].to_json() == first[1][0].to_json()  # type: ignore[index]
    assert len((some_work.output / "motionqc.tsv").read_text().splitlines()) == 4


@pytest.mark.parametrize(("scans", "workers"), [(3, None), (4, 2), (100, 2)])
def test_many_scans_take_as_many_processes_as_there_are_cores_to_run_on(
    some_work: Work,
    a_model: ModelBundle,
    monkeypatch: pytest.MonkeyPatch,
    scans: int,
    workers: int | None,
) -> None:
    asked: list[tuple[int, int | None]] = []

    def ask(work: Work, items: object, workers: int) -> list[tuple[Item, Outcome]]:
        asked.append((workers, work.threads))
        return []

    monkeypatch.setattr(run, "pool_outcomes", ask)
    monkeypatch.setattr(run, "Worker", lambda *_: SimpleNamespace(outcome=lambda item: None))
    monkeypatch.setenv("MOTIONQC_THREADS", "2")
    list(score_items(some_work, a_model, [Item(Path("x"), str(n)) for n in range(scans)]))
    assert asked == ([(workers, 1)] if workers else [])


def test_processes_and_one_process_give_the_same_reports(
    an_archive: Path, some_work: Work, a_model: ModelBundle
) -> None:
    items = list_items([an_archive])
    one, two = (
        {
            item.path.name: outcome[0].motion_score_mm  # type: ignore[index]
            for item, outcome in score_items(some_work, a_model, items, None, Crew(workers))
        }
        for workers in (1, 2)
    )
    assert one == two
