"""Timing of rivals side by side on a machine that may be busy.

Rivals take turns, so that a busy moment falls on all of them alike. Wall time is what a user
waits; processor time, summed over threads, is what remains comparable when others use the machine.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK
import torch

THREADS = 2


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
    def median_ms(self) -> float:
        """Median wall time, ms."""
        return 1e3 * float(np.median(self.wall))


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


def times_faster(timing: Timing, peer: Timing) -> tuple[float, float]:
    """How many times less wall and processor time than the peer, by medians."""
    return (
        float(np.median(peer.wall) / np.median(timing.wall)),
        float(np.median(peer.processor) / np.median(timing.processor)),
    )


def print_table(title: str, timings: Mapping[str, Timing], peer: str) -> None:
    """Print medians and how they compare with the peer's."""
    print(f"\n{title}\n{'':44}{'median ms':>10}{'× wall':>9}{'× processor':>13}")
    for name, timing in timings.items():
        wall, processor = times_faster(timing, timings[peer])
        print(f"{name:44}{timing.median_ms:10.1f}{wall:9.1f}{processor:13.1f}")


def asked_rounds(description: str, rounds: int) -> int:
    """Read the number of rounds from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help="turns of every rival")
    return int(parser.parse_args().rounds)
