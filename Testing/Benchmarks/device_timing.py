"""Timing of work that a device does behind the program's back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

import torch

WARM_UP = 3


def seconds_a_round(run: Callable[[int], object], rounds: int, device: torch.device) -> float:
    """Mean seconds of rounds that follow one another, after three to compile and warm up.

    Parameters
    ----------
    run
        Takes the round's number, from 1.
    """
    for number in range(1, WARM_UP + 1):
        run(number)
    with clock(device) as seconds:
        for number in range(WARM_UP + 1, WARM_UP + 1 + rounds):
            run(number)
    return seconds[0] / rounds


@contextmanager
def clock(device: torch.device) -> Iterator[list[float]]:
    """Wall seconds until the device has done all that was asked for."""
    seconds: list[float] = []
    wait = torch.cuda.synchronize if device.type == "cuda" else (lambda: None)
    wait()
    start = perf_counter()
    yield seconds
    wait()
    seconds.append(perf_counter() - start)


def matrix_rate(device: torch.device, rounds: int, side: int = 8192) -> float:
    """Operations a second of a large bf16 product of random numbers."""
    left, right = torch.randn(2, side, side, device=device, dtype=torch.bfloat16)
    return 2 * side**3 / seconds_a_round(lambda _: left @ right, rounds, device)


def profile(run: Callable[[], object], device: torch.device) -> str:
    """Table of where the time goes, the longest kernels first."""
    with torch.profiler.profile() as profiled, clock(device):
        run()
    by = "self_cpu_time_total" if device.type == "cpu" else "self_device_time_total"
    return profiled.key_averages().table(sort_by=by, row_limit=20, max_name_column_width=70)
