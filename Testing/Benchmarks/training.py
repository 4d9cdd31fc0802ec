"""A step of pretraining on whole volumes, with its synthesis and on one fixed batch.

    PYTHONPATH=MotionQC:training python Testing/Benchmarks/training.py
        [--config NAME|FILE] [--batch N] [--rounds N] [--json PATH]

It takes torch, Lightning, numpy and SciPy, and neither TorchIO nor the readers of images. With a
CUDA device the step is that of the preset at its full grid, in bf16 and compiled; a profile says
where its time goes. Without one the volumes are small, and nothing has a target.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from device_timing import matrix_rate, profile, seconds_a_round
from phantoms import phantoms
from targets import THREADS, Figure, conclude, parser
from torch.utils.flop_counter import FlopCounterMode

from MotionQCLib.network import SFCN
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.volumes import Grid
from MotionQCTraining.pretraining.module import Pretraining
from MotionQCTraining.running.step import Samples
from MotionQCTraining.synthesis.device.batches import DeviceSynthesis
from MotionQCTraining.synthesis.device.compiling import maybe_compiled
from MotionQCTraining.synthesis.device.sources import Sources
from MotionQCTraining.synthesis.motion_draws import MotionDraws
from MotionQCTraining.synthesis.sample_config import ARTEFACT_CELL

SCANS = 4
SMALL: Grid = (32, 32, 32)
SMALL_BATCH = 2
AT_LEAST_TRAINED, AT_MOST_SLOWER = 75.0, 1.3
# Forward, and twice as much for the gradients of weights and of maps.
PASSES = 3


@dataclass(frozen=True)
class Bench:
    """A step, taken apart.

    Parameters
    ----------
    device
        Where.
    config
        What is trained.
    draw
        Returns the samples of the batch of a number.
    train
        Takes an optimiser step on samples.
    """

    device: torch.device
    config: PretrainConfig
    draw: Callable[[int], Samples]
    train: Callable[[Samples], Any]


def bench(config: PretrainConfig, device: torch.device) -> Bench:
    """Build the step of a configuration on phantoms, all augmentations at full strength."""
    compiled = config.compiled and device.type == "cuda"
    half = device.type == "cuda"
    assert config.whole is not None
    synthesis = DeviceSynthesis(
        Sources.of(phantoms(config.grid, SCANS), device),
        replace(config.whole, motion=MotionDraws(still=0.0), ramp=1),
        config.seed,
        compiled=compiled,
        dtype=torch.bfloat16 if half else torch.float32,
        artefact_cell=ARTEFACT_CELL,
    )
    module = Pretraining(config).to(device)
    module._see = maybe_compiled(module.pass_through, compiled)
    (optimizer,), _ = module.configure_optimizers()

    def draw(number: int) -> Samples:
        batch = synthesis.batch(number, config.batch)
        assert batch.artefacts is not None
        return batch.images[:, 0], batch.scores_mm[:, 0], batch.artefacts

    def train(samples: Samples) -> None:
        with torch.autocast(device.type, torch.bfloat16) if half else nullcontext():
            loss = module.losses(samples)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return Bench(device, config, draw, train)


def measured(at: Bench, rounds: int) -> list[Figure]:
    """Volumes a second with synthesis and without, and the share of the matrix rate."""
    batch, on_gpu = at.config.batch, at.device.type == "cuda"
    alone = seconds_a_round(at.draw, rounds, at.device)
    fixed = at.draw(1)
    step = seconds_a_round(lambda _: at.train(fixed), rounds, at.device)
    both = seconds_a_round(lambda number: at.train(at.draw(number)), rounds, at.device)
    print(profile(lambda: at.train(at.draw(1)), at.device))
    figures = [
        Figure(
            "training with synthesis",
            batch / both,
            "volumes/s",
            at_least=AT_LEAST_TRAINED if on_gpu else None,
            note=f"batches of {batch}, grid {'×'.join(map(str, at.config.grid))}",
        ),
        Figure(
            "as long as the step alone",
            both / step,
            "×",
            at_most=AT_MOST_SLOWER if on_gpu else None,
        ),
        Figure("step on one fixed batch", batch / step, "volumes/s"),
        Figure("synthesis alone", batch / alone, "volumes/s"),
    ]
    if on_gpu:
        rate = matrix_rate(at.device, rounds)
        reached = PASSES * forward_flops(at.config.grid) * batch / step
        peak = torch.cuda.max_memory_allocated(at.device) / 2**30
        figures += [
            Figure("measured matrix rate, bf16", rate / 1e12, "TFLOP/s"),
            Figure("share of it that the step reaches", reached / rate, ""),
            Figure("most memory at a time", peak, "GiB"),
        ]
    return figures


def forward_flops(grid: Grid) -> int:
    """Operations of one volume's forward pass, counted without computing it."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        SFCN(grid=grid).eval()(torch.empty(1, 1, *grid))
    return counter.get_total_flops()


def main() -> int:
    """Time, print and judge."""
    options = parser(__doc__, rounds=10)
    options.add_argument("--config", default="motionqc-gpu", help="a preset's name or a YAML file")
    options.add_argument("--batch", type=int, help="volumes of a step, instead of the preset's")
    arguments = options.parse_args()
    torch.set_num_threads(THREADS)
    torch.backends.cudnn.benchmark = True
    gpu = torch.cuda.is_available()
    config = load_config(arguments.config, PretrainConfig)
    if not gpu:
        config = replace(config, grid=SMALL, batch=SMALL_BATCH)
    if arguments.batch:
        config = replace(config, batch=arguments.batch)
    device = torch.device("cuda" if gpu else "cpu")
    title = "training, " + (torch.cuda.get_device_name() if gpu else "no CUDA device here")
    return conclude(title, measured(bench(config, device), arguments.rounds), arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
