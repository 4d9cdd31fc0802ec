"""How fast ``simulate_slice`` is beside ``torchio.Motion`` 1.2.1, which moves the whole volume.

    python Testing/Benchmarks/simulate_slice.py [--rounds N] [--json PATH]

With the linear kernel of a live view, and TorchIO's, a slice that contains the slab axis should be
at least 40 times as fast. The cubic kernel filters the whole volume first, and the slice across the
slab axis needs all of it: these are reported.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from simulate import PEER, SHAPE, a_volume, numba, peer
from targets import THREADS, conclude, parser
from timing import compare, limit_threads, take_turns

from MotionQCLib.motion import Trajectory, simulate_slice
from MotionQCLib.motion.samplings import TorchIOSampling

EVENTS = 10
WITHIN = "slabs in the slice"
AT_LEAST = 40.0
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
        published = ours(draw.as_published(), fast, ALONG)
        linear = ours(default, fast, ALONG, output="real", kernel="linear")
        magnitude = ours(default, fast, ALONG, kernel="linear")
        entries[f"TorchIO's image, {WITHIN} ({route})"] = published
        entries[f"real, {WITHIN} ({route})"] = linear
        entries[f"magnitude, {WITHIN} ({route})"] = magnitude
        entries[f"magnitude, cubic ({route})"] = ours(default, fast, ALONG)
    entries["magnitude, slabs across the slice (numba)"] = ours(
        default, True, ACROSS, kernel="linear"
    )
    return entries


def main() -> int:
    """Time, print and judge."""
    arguments = parser(__doc__, rounds=7).parse_args()
    limit_threads()
    timings = take_turns(rivals(), arguments.rounds)
    figures = compare(timings, PEER, {name: AT_LEAST for name in timings if WITHIN in name})
    shape = "×".join(map(str, SHAPE))
    title = f"simulate_slice of {shape}, {EVENTS} events, against {PEER}, {THREADS} threads"
    return conclude(title, figures, arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
