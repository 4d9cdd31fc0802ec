"""How fast ``simulate`` is beside ``torchio.Motion`` 1.2.1 that makes the same image.

    python Testing/Benchmarks/simulate.py [--rounds N] [--json PATH]

In real mode it should be at least twice as fast with what a stock Slicer has, and four times with
numba; the magnitude, which TorchIO does not offer, costs more and is reported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
import torchio
from scipy import ndimage
from targets import THREADS, Figure, conclude, parser
from timing import compare, limit_threads, take_turns

from MotionQCLib.motion import Trajectory, simulate
from MotionQCLib.motion.samplings import MotionDraw, TorchIOSampling

SHAPE = (160, 192, 160)
EVENTS = (2, 5, 10)
PEER = "torchio.Motion 1.2.1"
AT_LEAST = {
    "real, TorchIO's image (stock)": 2.0,
    "real, TorchIO's image (numba)": 4.0,
    "real (stock)": 2.0,
    "real (numba)": 4.0,
}


@contextmanager
def numba(switched_on: bool) -> Iterator[None]:
    """Let the simulator use numba, or only what a stock Slicer has."""
    os.environ["MOTIONQC_NUMBA"] = "1" if switched_on else "0"
    yield
    del os.environ["MOTIONQC_NUMBA"]


def a_volume() -> tuple[np.ndarray, np.ndarray]:
    """Smooth noise on a 1 mm grid about the world's origin; speed does not depend on content."""
    noise = np.random.default_rng(0).random(SHAPE)
    affine = np.eye(4)
    affine[:3, 3] = -np.array(SHAPE) / 2
    return ndimage.gaussian_filter(noise, 2).astype(np.float32), affine


def rivals(events: int) -> dict[str, Callable[[], np.ndarray]]:
    """All ways to move one volume with the same parameters."""
    volume, affine = a_volume()
    draw = TorchIOSampling((-3, 3), (-3, 3), events).draw(np.random.default_rng(events))
    published = draw.as_published()
    default = draw.mended(pivot=(0.0, 0.0, 0.0))

    def ours(trajectory: Trajectory, fast: bool, **options: str) -> Callable[[], np.ndarray]:
        def run() -> np.ndarray:
            with numba(fast):
                return simulate(volume, affine, trajectory, **options)

        return run

    entries = {PEER: peer(volume, affine, draw)}
    for route, fast in (("stock", False), ("numba", True)):
        entries[f"real, TorchIO's image ({route})"] = ours(published, fast)
        entries[f"real ({route})"] = ours(default, fast, output="real", kernel="linear")
        entries[f"magnitude ({route})"] = ours(default, fast, kernel="linear")
    entries["magnitude, cubic (numba)"] = ours(default, True)
    return entries


def peer(volume: np.ndarray, affine: np.ndarray, draw: MotionDraw) -> Callable[[], np.ndarray]:
    """TorchIO's transform of the same volume; making the image object is not timed."""
    motion = torchio.Motion(
        degrees=draw.degrees,
        translation=draw.translation,
        times=draw.times,
        image_interpolation="linear",
    )
    image = torchio.ScalarImage(tensor=torch.from_numpy(volume[np.newaxis]), affine=affine)
    return lambda: motion(image).numpy()[0]


def measure(events: int, rounds: int) -> list[Figure]:
    """Speed against the peer, and how far the image that should be its own is from it."""
    entries = rivals(events)
    timings = take_turns(entries, rounds)
    ours = entries["real, TorchIO's image (numba)"]
    error = np.abs(entries[PEER]() - ours()).max() / np.ptp(a_volume()[0])
    return [
        *(
            replace(figure, name=f"{events} events, {figure.name}")
            for figure in compare(timings, PEER, AT_LEAST)
        ),
        Figure(f"{events} events, difference from TorchIO's image", float(error), "of the range"),
    ]


def main() -> int:
    """Time, print and judge."""
    arguments = parser(__doc__, rounds=7).parse_args()
    limit_threads()
    title = f"simulate {'×'.join(map(str, SHAPE))} against {PEER}, {THREADS} threads"
    figures = [figure for events in EVENTS for figure in measure(events, arguments.rounds)]
    return conclude(title, figures, arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
