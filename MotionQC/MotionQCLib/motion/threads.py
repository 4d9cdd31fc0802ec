"""How many threads the simulator uses."""

from __future__ import annotations

import os


def thread_count() -> int:
    """Threads to use: ``MOTIONQC_THREADS`` or the cores this process may run on."""
    asked = os.environ.get("MOTIONQC_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
