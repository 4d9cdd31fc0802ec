"""Workers on a Ray cluster, or on this machine under Ray."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from MotionQCLib.archive.items import Item
from MotionQCLib.archive.pool import killed
from MotionQCLib.archive.worker import Outcome, Work, Worker
from MotionQCLib.errors import InputError
from MotionQCLib.ray_cluster import connect

_RESTARTS = 3


def cluster_outcomes(
    work: Work, items: Sequence[Item], workers: int, address: str
) -> Iterator[tuple[Item, Outcome]]:
    """Yield what becomes of every scan, as it comes; a worker that dies is begun anew.

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
        actor = ray.remote(num_cpus=work.threads or 1, max_restarts=_RESTARTS, max_task_retries=1)(
            Worker
        )
        idle = deque(actor.remote(work) for _ in range(min(workers, len(items))))
        waiting = deque(items)
        running: dict[Any, tuple[Item, Any]] = {}
        while waiting or running:
            while waiting and idle:
                item, worker = waiting.popleft(), idle.popleft()
                running[worker.outcome.remote(item)] = item, worker
            (done,), _ = ray.wait(list(running), num_returns=1)
            item, worker = running.pop(done)
            idle.append(worker)
            yield item, _outcome(ray, done, item)
    finally:
        ray.shutdown()


def _outcome(ray: ModuleType, reference: object, item: Item) -> Outcome:
    try:
        outcome: Outcome = ray.get(reference)
    except ray.exceptions.RayActorError as error:
        if isinstance(error.__cause__, InputError):  # it could not begin
            raise error.__cause__ from None
        return killed(item)
    return outcome
