"""Workers in processes of their own on this machine; one that dies takes no other scan with it."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from MotionQCLib.archive.failure import Failure
from MotionQCLib.archive.items import Item
from MotionQCLib.archive.worker import Outcome, RemoteWorker, Work
from MotionQCLib.errors import InputError

_QUEUED_PER_WORKER = 2
KILLED_CODE = "worker-killed"

_worker: RemoteWorker | None = None
"""This process's own."""


def pool_outcomes(
    work: Work, items: Sequence[Item], workers: int
) -> Iterator[tuple[Item, Outcome]]:
    """Yield what becomes of every scan, as it comes.

    While one worker waits for a disk, another one's network runs. Where a worker is killed (for
    want of memory, as a rule), the scans that were under way are tried again, each in a process of
    its own, so that one that kills its worker is named and costs no other its score.
    """
    waiting = deque(items)
    while waiting:
        suspects = yield from _until_broken(work, waiting, workers)
        for item in suspects:
            alone = deque([item])
            if (yield from _until_broken(work, alone, 1)):
                yield item, killed(item)


def _until_broken(
    work: Work, waiting: deque[Item], workers: int
) -> Generator[tuple[Item, Outcome], None, list[Item]]:
    """Score what waits; return what was under way when a worker died, nothing if none did."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(work,)) as pool:
        running: dict[Future[Outcome | InputError], Item] = {}
        try:
            while waiting or running:
                while waiting and len(running) < workers * _QUEUED_PER_WORKER:
                    item = waiting[0]
                    running[pool.submit(_score, item)] = item
                    waiting.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    outcome = future.result()
                    if isinstance(outcome, InputError):
                        raise outcome
                    yield running.pop(future), outcome
        except BrokenProcessPool:
            return list(running.values())
        except GeneratorExit:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return []


def _begin(work: Work) -> None:
    global _worker
    _worker = RemoteWorker(work)


def _score(item: Item) -> Outcome | InputError:
    assert _worker is not None
    return _worker.outcome(item)


def killed(item: Item) -> Failure:
    """What is said of a scan whose worker died at each try."""
    return Failure.of(
        item,
        KILLED_CODE,
        f"{item.path.name}: the process that scored it was killed, twice; the machine may be short "
        "of memory: score it alone, or with fewer --workers.",
    )
