"""Whole synthetic volumes, moved and augmented, beside TorchIO's equivalent; training on a GPU.

    python Testing/Benchmarks/synthesis.py [--rounds N] [--json PATH]

On a CPU, a batch should be made at least twice as fast as by TorchIO with two worker processes.
Both move every volume with five events on the mean, bend it, and change bias field, contrast, blur,
noise and sides; both interpolate linearly, as TorchIO does. Ours alone cuts out brains and faces.
Ours is compiled beforehand, and so is the network on a GPU. With a CUDA device there are more rows:
synthesis alone, training on it, and the share of the card's matrix rate that training reaches; and
a profile is printed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

import numpy as np
import SimpleITK
import torch
import torchio
from scipy import ndimage
from targets import THREADS, Figure, conclude, parser
from timing import limit_threads, take_turns
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from MotionQCLib.models.bins import MotionBins
from MotionQCLib.motion import gradient_energy
from MotionQCLib.network import SFCN
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import PreparedScan
from MotionQCTraining.synthesis.appearance import Appearance
from MotionQCTraining.synthesis.device.batches import Batch, DeviceSynthesis
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.device.sources import Sources
from MotionQCTraining.synthesis.device.trajectories import AXES
from MotionQCTraining.synthesis.motion_draws import MotionDraws

Grid = tuple[int, int, int]
GRID: Grid = (160, 192, 160)
EVENTS = 5
SCANS = 4
PEER = "torchio 1.2.1"
CPU_BATCH, GPU_BATCH = 4, 16
AT_LEAST_ON_CPU, AT_LEAST_ON_GPU = 2.0, 100.0
AT_LEAST_TRAINED, AT_MOST_SLOWER = 75.0, 1.3
MATRIX_SIDE = 8192


def scans(grid: Grid) -> list[PreparedScan]:
    """Balls of smooth noise in air, with their surfaces, on a grid of 1 mm."""
    affine = np.eye(4)
    affine[:3, 3] = -np.array(grid) / 2
    center = np.zeros(3)
    radius = np.linalg.norm(
        np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in grid), indexing="ij"), -1), axis=-1
    )
    distance = np.clip(80 * (radius - 0.8), -12, 12).astype(np.float32)
    found = []
    for number in range(SCANS):
        noise = np.random.default_rng(number).random(grid, dtype=np.float32)
        image = (4 * ndimage.gaussian_filter(noise, 2) - 1).clip(0, 1) * (radius < 0.9)
        found.append(
            PreparedScan(
                image=image.astype(np.float32),
                affine=affine,
                brain_distance=distance,
                head_distance=distance - 8,
                energy={axis: gradient_energy(image, affine, axis, center) for axis in AXES},
                center=center,
                brain_only=False,
                has_brain_mask=True,
                row=Row("", f"sub-{number}", "noise"),
            )
        )
    return found


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
    heads = scans(GRID)
    drawn = synthesis(Sources.of(heads, torch.device("cpu")), "linear")
    numbers = iter(range(1, rounds + 2))

    def ours() -> None:
        drawn.batch(next(numbers), CPU_BATCH)

    rivals = {"ours": ours, PEER: peer(heads, THREADS, CPU_BATCH)}
    timings = take_turns(rivals, rounds)
    fast, slow = timings["ours"].wall_s / CPU_BATCH, timings[PEER].wall_s / CPU_BATCH
    note = f"{fast:.2f} s against {slow:.2f} s a volume"
    if not torch.cuda.is_available():
        note += "; no CUDA device here, so the rows for a GPU are left out"
    return [
        Figure(f"CPU, linear, against {PEER}", slow / fast, "×", AT_LEAST_ON_CPU, note=note),
    ]


def on_gpu(rounds: int) -> list[Figure]:
    """Synthesis alone, training on it, and the share of the card's matrix rate."""
    device = torch.device("cuda")
    heads = scans(GRID)
    sources = Sources.of(heads, device)
    drawn = synthesis(sources, "cubic", torch.bfloat16)
    alone = seconds_a_batch(lambda n: drawn.batch(n, GPU_BATCH), rounds, device)
    cores = os.cpu_count() or 1
    peer_alone = seconds_of_peer(peer(heads, cores, 4 * cores)) / (4 * cores)
    train = training_step(device, GRID)
    fixed = drawn.batch(1, GPU_BATCH)
    step = seconds_a_batch(lambda _: train(fixed), rounds, device)
    both = seconds_a_batch(lambda n: train(drawn.batch(n, GPU_BATCH)), rounds, device)
    print_profile(lambda: train(drawn.batch(1, GPU_BATCH)), device)
    rate = matrix_rate(device, rounds)
    reached = 3 * forward_flops(GRID) * GPU_BATCH / step
    return [
        Figure(
            f"GPU, cubic, against {PEER} on {cores} cores",
            peer_alone * GPU_BATCH / alone,
            "×",
            AT_LEAST_ON_GPU,
            note=f"{1e3 * alone / GPU_BATCH:.2f} ms a volume; TorchIO linear",
        ),
        Figure("GPU, training with synthesis", GPU_BATCH / both, "volumes/s", AT_LEAST_TRAINED),
        Figure("GPU, against the step alone", both / step, "× as long", at_most=AT_MOST_SLOWER),
        Figure("GPU, step on one fixed batch", GPU_BATCH / step, "volumes/s"),
        Figure("GPU, measured matrix rate, bf16", rate / 1e12, "TFLOP/s"),
        Figure("GPU, share of it that the step reaches", reached / rate, ""),
    ]


def training_step(device: torch.device, grid: Grid) -> Callable[[Batch], None]:
    """One step of the network as a GPU trains it: bf16, channels last, compiled."""
    bins = MotionBins()
    network = SFCN(bins.count, grid).to(device, memory_format=torch.channels_last_3d)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=device.type == "cuda")
    forward = torch.compile(network)

    def step(batch: Batch) -> None:
        labels = bins.soft_labels(batch.scores_mm[:, 0].cpu().numpy())
        target = torch.as_tensor(labels, dtype=torch.float32).to(device, non_blocking=True)
        with torch.autocast(device.type, torch.bfloat16):
            logits = forward(batch.images.contiguous(memory_format=torch.channels_last_3d))
        loss = torch.nn.functional.kl_div(
            logits.float().log_softmax(1), target, reduction="batchmean"
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


def seconds_a_batch(run: Callable[[int], object], rounds: int, device: torch.device) -> float:
    """Mean seconds of batches that follow one another, after three to compile and warm up."""
    for number in range(1, 4):
        run(number)
    count = 4 * rounds
    with clock(device) as seconds:
        for number in range(4, 4 + count):
            run(number)
    return seconds[0] / count


def seconds_of_peer(run: Callable[[], None]) -> float:
    """Seconds of a second round, in which all worker processes are there."""
    run()
    with clock(torch.device("cpu")) as seconds:
        run()
    return seconds[0]


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


def print_profile(run: Callable[[], object], device: torch.device) -> None:
    """Say where the time of a step goes, the longest kernels first."""
    with torch.profiler.profile() as profiled, clock(device):
        run()
    by = "self_cpu_time_total" if device.type == "cpu" else "self_device_time_total"
    print(profiled.key_averages().table(sort_by=by, row_limit=15, max_name_column_width=70))


def matrix_rate(device: torch.device, rounds: int) -> float:
    """Operations a second of a large bf16 product."""
    left, right = torch.randn(2, MATRIX_SIDE, MATRIX_SIDE, device=device, dtype=torch.bfloat16)
    return 2 * MATRIX_SIDE**3 / seconds_a_batch(lambda _: left @ right, rounds, device)


def forward_flops(grid: Grid) -> int:
    """Operations of one volume's forward pass, counted without computing it."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        SFCN(MotionBins().count, grid).eval()(torch.empty(1, 1, *grid))
    return counter.get_total_flops()


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
