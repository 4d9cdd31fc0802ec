"""How fast ``simulate`` is beside ``torchio.Motion`` 1.2.1 that makes the same image.

Run: python Testing/Benchmarks/simulate.py [--rounds N]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
import torchio
from scipy import ndimage
from timing import THREADS, asked_rounds, limit_threads, print_table, take_turns

from MotionQCLib.motion import Trajectory, simulate
from MotionQCLib.motion.samplings import MotionDraw, TorchIOSampling

SHAPE = (160, 192, 160)
EVENTS = (2, 5, 10)
PEER = "torchio.Motion 1.2.1"


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
        entries[f"real, linear, TorchIO's image ({route})"] = ours(published, fast)
        entries[f"real, linear ({route})"] = ours(default, fast, output="real", kernel="linear")
        entries[f"magnitude, linear ({route})"] = ours(default, fast, kernel="linear")
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


def main() -> None:
    """Time and print."""
    rounds = asked_rounds(__doc__ or "", 7)
    limit_threads()
    for events in EVENTS:
        entries = rivals(events)
        ours = entries["real, linear, TorchIO's image (numba)"]
        error = np.abs(entries[PEER]() - ours()).max() / np.ptp(a_volume()[0])
        title = f"{'×'.join(map(str, SHAPE))}, {events} events, {THREADS} threads"
        timings = take_turns(entries, rounds)
        print_table(f"{title}; difference from TorchIO {error:.1e} of the range", timings, PEER)


if __name__ == "__main__":
    main()
