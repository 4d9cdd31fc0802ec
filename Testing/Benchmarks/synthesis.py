"""Whole synthetic volumes, moved and augmented, beside TorchIO's equivalent.

    python Testing/Benchmarks/synthesis.py [--rounds N] [--json PATH]

On a CPU, a batch should be made at least twice as fast as by TorchIO with two worker processes.
Both move every volume with five events on the mean, bend it, and change bias field, contrast, blur,
noise and sides; both interpolate linearly, as TorchIO does. Ours alone cuts out brains and faces.
Ours is compiled beforehand. With a CUDA device there is one row more: cubic, in batches on the
device, against TorchIO on all cores. What training makes of it is measured by ``training.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import SimpleITK
import torch
import torchio
from device_timing import clock, seconds_a_round
from phantoms import phantoms
from targets import THREADS, Figure, conclude, parser
from timing import limit_threads, take_turns
from torch.utils.data import DataLoader, Dataset

from MotionQCTraining.data.volumes import Grid, PreparedScan
from MotionQCTraining.synthesis.appearance import Appearance
from MotionQCTraining.synthesis.device.batches import DeviceSynthesis
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.device.sources import Sources
from MotionQCTraining.synthesis.motion_draws import MotionDraws

GRID: Grid = (160, 192, 160)
EVENTS = 5
SCANS = 4
PEER = "torchio 1.2.1"
CPU_BATCH, GPU_BATCH = 4, 16
AT_LEAST_ON_CPU, AT_LEAST_ON_GPU = 2.0, 100.0


def synthesis(sources: Sources, kernel: str, dtype: torch.dtype = torch.float32) -> DeviceSynthesis:
    """Draws of which every one is moved, bent, blurred and noisy."""
    config = SynthesisConfig(
        motion=MotionDraws(still=0.0),
        appearance=Appearance(noisy=1.0, blurred=1.0),
        events=EVENTS,
        kernel=kernel,
        deformed=1.0,
        ramp=1,
    )
    return DeviceSynthesis(sources, config, seed=1, compiled=True, dtype=dtype)


class TorchIOVolumes(Dataset[torch.Tensor]):
    """Volumes through TorchIO's transforms, as a training loop would ask for them."""

    def __init__(self, volumes: list[np.ndarray], affine: np.ndarray, count: int) -> None:
        self.images = [
            torchio.ScalarImage(tensor=torch.from_numpy(volume[np.newaxis]), affine=affine)
            for volume in volumes
        ]
        self.count = count
        self.transform = torchio.Compose(
            [
                torchio.RandomFlip(axes=(0,)),
                torchio.RandomElasticDeformation(max_displacement=8),
                torchio.RandomMotion(degrees=3, translation=3, num_transforms=EVENTS),
                torchio.RandomBiasField(),
                torchio.RandomBlur((0.3, 0.7)),
                torchio.RandomNoise(std=(0.004, 0.05)),
                torchio.RandomGamma(log_gamma=0.35),
            ]
        )

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.transform(self.images[index % len(self.images)]).data


def one_thread(_: int) -> None:
    """Let a worker process use the one core that it is for."""
    torch.set_num_threads(1)
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)


def peer(heads: list[PreparedScan], workers: int, count: int) -> Callable[[], None]:
    """TorchIO in worker processes that live on from round to round."""
    loader = DataLoader(
        TorchIOVolumes([head.image for head in heads], heads[0].affine, count),
        num_workers=workers,
        persistent_workers=True,
        worker_init_fn=one_thread,
        # A forked child would inherit OpenMP threads that are not there.
        multiprocessing_context="spawn",
    )

    def run() -> None:
        for _ in loader:
            pass

    return run


def on_cpu(rounds: int) -> list[Figure]:
    """Two threads of ours against two processes of theirs."""
    heads = phantoms(GRID, SCANS)
    drawn = synthesis(Sources.of(heads, torch.device("cpu")), "linear")
    numbers = iter(range(1, rounds + 2))

    def ours() -> None:
        drawn.batch(next(numbers), CPU_BATCH)

    rivals = {"ours": ours, PEER: peer(heads, THREADS, CPU_BATCH)}
    timings = take_turns(rivals, rounds)
    fast, slow = timings["ours"].wall_s / CPU_BATCH, timings[PEER].wall_s / CPU_BATCH
    note = f"{fast:.2f} s against {slow:.2f} s a volume"
    if not torch.cuda.is_available():
        note += "; no CUDA device here, so the row for a GPU is left out"
    return [
        Figure(f"CPU, linear, against {PEER}", slow / fast, "×", AT_LEAST_ON_CPU, note=note),
    ]


def on_gpu(rounds: int) -> list[Figure]:
    """Synthesis on the device against all cores of the machine."""
    device = torch.device("cuda")
    heads = phantoms(GRID, SCANS)
    drawn = synthesis(Sources.of(heads, device), "cubic", torch.bfloat16)
    alone = seconds_a_round(lambda n: drawn.batch(n, GPU_BATCH), 4 * rounds, device)
    cores = os.cpu_count() or 1
    peer_alone = seconds_of_peer(peer(heads, cores, 4 * cores)) / (4 * cores)
    return [
        Figure(
            f"GPU, cubic, against {PEER} on {cores} cores",
            peer_alone * GPU_BATCH / alone,
            "×",
            AT_LEAST_ON_GPU,
            note=f"{1e3 * alone / GPU_BATCH:.2f} ms a volume; TorchIO linear",
        ),
    ]


def seconds_of_peer(run: Callable[[], None]) -> float:
    """Seconds of a second round, in which all worker processes are there."""
    run()
    with clock(torch.device("cpu")) as seconds:
        run()
    return seconds[0]


def main() -> int:
    """Time, print and judge."""
    arguments = parser(__doc__, rounds=3).parse_args()
    limit_threads()
    title = f"synthesis {'×'.join(map(str, GRID))}, {EVENTS} events, {THREADS} threads on the CPU"
    figures = on_cpu(arguments.rounds)
    if torch.cuda.is_available():
        figures += on_gpu(arguments.rounds)
    return conclude(title, figures, arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
