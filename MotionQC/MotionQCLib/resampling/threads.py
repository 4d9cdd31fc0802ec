"""Work shared among threads; numpy, SciPy, SimpleITK and compiled kernels run side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def thread_count() -> int:
    """Threads to use: ``MOTIONQC_THREADS`` or the cores this process may run on."""
    asked = os.environ.get("MOTIONQC_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_parallel(work: Callable[[Item], None], items: Sequence[Item]) -> None:
    """Do the work for every item; whichever thread is free takes the next."""
    workers = min(thread_count(), len(items))
    if workers <= 1:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(work, items):  # waits, and raises what a worker raised
            pass
