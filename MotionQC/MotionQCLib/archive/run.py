"""Scoring an archive: what is done is passed over, the rest is shared among workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from MotionQCLib.archive.cluster import cluster_outcomes
from MotionQCLib.archive.failure import Failure
from MotionQCLib.archive.folder import ArchiveFolder
from MotionQCLib.archive.items import Item
from MotionQCLib.archive.pool import pool_outcomes
from MotionQCLib.archive.worker import Outcome, Work, Worker
from MotionQCLib.models import ModelBundle
from MotionQCLib.resampling.threads import thread_count
from MotionQCLib.scoring import Result

_FEW = 3
"""Scans for which starting processes takes longer than it saves."""


class Crew(NamedTuple):
    """Who scores.

    Parameters
    ----------
    workers : int or None
        Processes; None is one a core that this process may run on, where there are enough scans.
    ray : str or None
        Address of a Ray cluster.
    """

    workers: int | None = None
    ray: str | None = None


def score_items(
    work: Work,
    bundle: ModelBundle,
    items: Sequence[Item],
    folder: ArchiveFolder | None = None,
    crew: Crew | None = None,
) -> Iterator[tuple[Item, Outcome]]:
    """Yield what becomes of every scan, as it comes; first, those that have a report already.

    The folder takes up what is new.

    Raises
    ------
    InputError
        The folder cannot be written, the device is not there, or the cluster does not answer.
    """
    crew = crew or Crew()
    waiting = []
    for item in items:
        report = folder.done(item.key) if folder is not None else None
        if report is None:
            waiting.append(item)
        else:
            yield item, (Result.from_json(report, item.input), report)
    for item, outcome in _outcomes(work, bundle, waiting, crew):
        if folder is not None:
            folder.add(outcome if isinstance(outcome, Failure) else outcome[1])
        yield item, outcome


def _outcomes(
    work: Work, bundle: ModelBundle, items: Sequence[Item], crew: Crew
) -> Iterator[tuple[Item, Outcome]]:
    if not items:
        return
    workers = min(crew.workers or _usual_workers(len(items)), len(items))
    if crew.ray is not None:
        workers = crew.workers or len(items)
        yield from cluster_outcomes(replace(work, threads=1), items, workers, crew.ray)
    elif workers > 1:
        threads = max(1, thread_count() // workers)
        yield from pool_outcomes(replace(work, threads=threads), items, workers)
    else:
        worker = Worker(work, bundle)
        for item in items:
            yield item, worker.outcome(item)


def _usual_workers(scans: int) -> int:
    return 1 if scans <= _FEW else thread_count()
