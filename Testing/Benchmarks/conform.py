"""How long a scan takes on to the papers' grid. Run: python Testing/Benchmarks/conform.py

The target is 1.5 s for 256 x 256 x 176 voxels on two cores. CPU seconds are printed beside the
wall clock, because other work on the machine lengthens the latter only.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

for _variable in ("OMP_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"):
    os.environ.setdefault(_variable, "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "MotionQC"))

import numpy as np  # noqa: E402
from scipy import ndimage  # noqa: E402

from MotionQCLib.scan import Scan, conform, find_head  # noqa: E402

REPEATS = 5


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


def main() -> None:
    """Print the table."""
    print(f"{'case':34s} {'head s':>8s} {'conform s':>10s} {'CPU s':>8s}   (medians of {REPEATS})")
    for name, (shape, spacing_mm, tilt_deg) in CASES.items():
        scan = make_head(shape, spacing_mm, tilt_deg)
        wall_head, wall, cpu = [], [], []
        for _ in range(REPEATS):
            start = time.perf_counter()
            find_head(scan.data, scan.affine)
            middle, busy = time.perf_counter(), time.process_time()
            conform(scan)
            wall_head.append(middle - start)
            wall.append(time.perf_counter() - middle)
            cpu.append(time.process_time() - busy)
        head_s, wall_s, cpu_s = map(statistics.median, (wall_head, wall, cpu))
        print(f"{name:34s} {head_s:8.2f} {wall_s:10.2f} {cpu_s:8.2f}")


if __name__ == "__main__":
    main()
