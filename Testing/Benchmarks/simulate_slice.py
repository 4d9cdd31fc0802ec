"""How fast ``simulate_slice`` is beside ``torchio.Motion`` 1.2.1, which moves the whole volume.

Run: python Testing/Benchmarks/simulate_slice.py [--rounds N]
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from simulate import PEER, SHAPE, a_volume, numba, peer
from timing import THREADS, asked_rounds, limit_threads, print_table, take_turns

from MotionQCLib.motion import Trajectory, simulate_slice
from MotionQCLib.motion.samplings import TorchIOSampling

EVENTS = 10
ALONG, ACROSS = 0, 2  # TorchIO's slab axis is array axis 2


def rivals() -> dict[str, Callable[[], np.ndarray]]:
    """Slices that contain the slab axis, the slice across it, and TorchIO's volume."""
    volume, affine = a_volume()
    draw = TorchIOSampling((-3, 3), (-3, 3), EVENTS).draw(np.random.default_rng(EVENTS))
    default = draw.mended(axis="SI", pivot=(0.0, 0.0, 0.0))

    def ours(
        trajectory: Trajectory, fast: bool, array_axis: int, **options: str
    ) -> Callable[[], np.ndarray]:
        def run() -> np.ndarray:
            middle = SHAPE[array_axis] // 2
            with numba(fast):
                return simulate_slice(volume, affine, trajectory, array_axis, middle, **options)

        return run

    entries = {PEER: peer(volume, affine, draw)}
    for route, fast in (("stock", False), ("numba", True)):
        entries[f"TorchIO's image, slabs in the slice ({route})"] = ours(
            draw.as_published(), fast, ALONG
        )
        entries[f"real, slabs in the slice ({route})"] = ours(default, fast, ALONG, output="real")
        entries[f"magnitude, slabs in the slice ({route})"] = ours(default, fast, ALONG)
        entries[f"magnitude, slabs across the slice ({route})"] = ours(default, fast, ACROSS)
    return entries


def main() -> None:
    """Time and print."""
    rounds = asked_rounds(__doc__ or "", 7)
    limit_threads()
    title = f"a slice of {'×'.join(map(str, SHAPE))}, {EVENTS} events, {THREADS} threads"
    print_table(title, take_turns(rivals(), rounds), PEER)


if __name__ == "__main__":
    main()
