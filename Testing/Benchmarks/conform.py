"""How long a scan takes on to the papers' grid.

    python Testing/Benchmarks/conform.py [--rounds N] [--json PATH]

It should take less than 1.5 s for 256 x 256 x 176 voxels on two cores, with numba's kernels as in
the demo's environment. Without them, by SimpleITK, a tilted scan takes longer; that is reported.
Processor seconds are given beside the wall clock, because other work on the machine lengthens the
latter only.
"""

from __future__ import annotations

import os

import numpy as np
from scipy import ndimage
from targets import THREADS, Figure, conclude, parser
from timing import limit_threads, take_turns

from MotionQCLib.scan import Scan, conform, find_head

AT_MOST_S = 1.5
TARGETED = "256x256x176"
OBLIQUE = "oblique"


def make_head(shape: tuple[int, int, int], spacing_mm: float, tilt_deg: float) -> Scan:
    """An ellipsoid of tissue with texture, in air with noise, turned about the left-right axis."""
    angle = np.radians(tilt_deg)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    affine = np.eye(4)
    affine[:3, :3] = turn * spacing_mm
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    x, y, z = (spacing_mm * (np.arange(n) - (n - 1) / 2) for n in shape)
    radius = (x[:, None, None] / 75) ** 2 + (y[:, None] / 95) ** 2 + (z / 85) ** 2
    rng = np.random.default_rng(0)
    texture = ndimage.gaussian_filter(rng.standard_normal(shape).astype(np.float32), 1.5)
    image = np.where(radius < 1, 600 + 1000 * texture, 0) + 10 * np.abs(rng.standard_normal(shape))
    return Scan(image.clip(0).astype(np.int16), affine, f"{shape}", "nifti")


CASES = {
    "256x256x176, 1 mm, copied": ((176, 256, 256), 1.0, 0.0),
    "256x256x176, 1 mm, oblique": ((176, 256, 256), 1.0, 8.0),
    "256x256x176, 0.9 mm, filtered": ((176, 256, 256), 0.9, 0.0),
    "256x256x176, 0.9 mm, oblique": ((176, 256, 256), 0.9, 8.0),
    "320x320x256, 0.7 mm, oblique": ((256, 320, 320), 0.7, 8.0),
}


def without_numba(scan: Scan) -> None:
    """Conform by what a stock Slicer has."""
    os.environ["MOTIONQC_NUMBA"] = "0"
    try:
        conform(scan)
    finally:
        del os.environ["MOTIONQC_NUMBA"]


def measure(name: str, rounds: int) -> list[Figure]:
    """Median seconds of one case, on both routes where they differ."""
    scan = make_head(*CASES[name])
    contenders = {
        "head": lambda: find_head(scan.data, scan.affine),
        name: lambda: conform(scan),
    }
    if name.endswith(OBLIQUE):
        contenders[f"{name}, stock"] = lambda: without_numba(scan)
    timings = take_turns(contenders, rounds)
    head = timings.pop("head")
    return [
        Figure(
            route,
            timing.wall_s,
            "s",
            at_most=AT_MOST_S if name.startswith(TARGETED) and route == name else None,
            note=f"{timing.processor_s:.2f} s of processor time; "
            f"finding the head {head.wall_s:.2f} s",
        )
        for route, timing in timings.items()
    ]


def main() -> int:
    """Time, print and judge."""
    arguments = parser(__doc__, rounds=5).parse_args()
    limit_threads()
    figures = [figure for name in CASES for figure in measure(name, arguments.rounds)]
    return conclude(f"conform, {THREADS} threads", figures, arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
