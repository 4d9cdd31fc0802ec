"""Timing of rivals side by side on a machine that may be busy.

Rivals take turns, so that a busy moment falls on all of them alike. Wall time is what a user
waits; processor time, summed over threads, is what remains comparable when others use the machine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK
import torch
from targets import THREADS, Figure


def limit_threads(threads: int = THREADS) -> None:
    """Give every rival the same number of threads."""
    os.environ["MOTIONQC_THREADS"] = str(threads)
    torch.set_num_threads(threads)
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)


@dataclass(frozen=True)
class Timing:
    """Seconds of every round."""

    wall: np.ndarray
    processor: np.ndarray

    @property
    def wall_s(self) -> float:
        """Median wall time, s."""
        return float(np.median(self.wall))

    @property
    def processor_s(self) -> float:
        """Median processor time, s."""
        return float(np.median(self.processor))


def take_turns(rivals: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Time each rival once a round, after one round to warm up."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in rivals}
    for _ in range(rounds + 1):
        for name, run in rivals.items():
            wall, processor = time.perf_counter(), time.process_time()
            run()
            seconds[name].append((time.perf_counter() - wall, time.process_time() - processor))
    measured = {name: np.array(pairs[1:]) for name, pairs in seconds.items()}
    return {name: Timing(pairs[:, 0], pairs[:, 1]) for name, pairs in measured.items()}


def compare(
    timings: Mapping[str, Timing], peer: str, at_least: Mapping[str, float]
) -> list[Figure]:
    """How many times as fast as the peer everyone else is, on the wall, beside the targets."""
    slow = timings[peer]
    return [
        Figure(
            name,
            slow.wall_s / fast.wall_s,
            "×",
            at_least=at_least.get(name),
            note=f"{1e3 * fast.wall_s:.1f} ms against {1e3 * slow.wall_s:.1f} ms; "
            f"{slow.processor_s / fast.processor_s:.1f} × in processor time",
        )
        for name, fast in timings.items()
        if name != peer
    ]
