"""Workers on a Ray cluster, or on this machine under Ray."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from MotionQCLib.archive.items import Item
from MotionQCLib.archive.pool import killed
from MotionQCLib.archive.worker import Outcome, RemoteWorker, Work
from MotionQCLib.errors import InputError
from MotionQCLib.ray_cluster import connect


def cluster_outcomes(
    work: Work, items: Sequence[Item], workers: int, address: str
) -> Iterator[tuple[Item, Outcome]]:
    """Yield what becomes of every scan, as it comes.

    Another worker takes the place of one that dies, and the scan that was under way is tried once
    more, at the end.

    Parameters
    ----------
    work
        What to do; model, scans and output must lie where every machine finds them.
    items
        The scans.
    workers
        How many at most; each takes as many CPUs as its network has threads.
    address
        The cluster's (``auto``, ``host:port`` or ``ray://host:port``), or ``local``.

    Raises
    ------
    InputError
        ``ray-absent`` or ``no-cluster``; or the model or the device is not there.
    """
    ray = connect(address, "cluster")
    try:
        actor = ray.remote(num_cpus=work.threads or 1)(RemoteWorker)
        idle = deque(actor.remote(work) for _ in range(min(workers, len(items))))
        waiting = deque(items)
        running: dict[Any, tuple[Item, Any]] = {}
        tried: set[Item] = set()
        while waiting or running:
            while waiting and idle:
                item, worker = waiting.popleft(), idle.popleft()
                running[worker.outcome.remote(item)] = item, worker
            (done,), _ = ray.wait(list(running), num_returns=1)
            item, worker = running.pop(done)
            try:
                outcome: Outcome | InputError = ray.get(done)
            except (ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError):
                idle.append(actor.remote(work))
                if item not in tried:
                    tried.add(item)
                    waiting.append(item)
                    continue
                outcome = killed(item)
            else:
                idle.append(worker)
            if isinstance(outcome, InputError):
                raise outcome
            yield item, outcome
    finally:
        ray.shutdown()
