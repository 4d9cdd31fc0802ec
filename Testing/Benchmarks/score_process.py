"""The whole `motionqc score` process, cold, against SimpleITK's N4 and affine registration.

    python Testing/Benchmarks/score_process.py [--scan FILE] [--model NAME|PATH] [--rounds 3]

Both start from nothing: interpreter, imports, reading, work. They take turns, with two threads
each. Beside seconds on the wall there are CPU seconds, which a busy machine disturbs less. The
peers prepare a scan as the published networks need it (bias field, then affine to the MNI152
template that nilearn carries): once down to 1 mm, as the t1-linear recipe has it, once to 2 mm.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from network_pass import LIBRARY, save_random_model

TARGET_SHARE, TARGET_MB = 1 / 3, 1500
PAPER_GRID = (160, 192, 160)
REPOSITORY = LIBRARY.parent
LEVELS = {"1": ([8, 4, 2, 1], [3, 2, 1, 0]), "2": ([8, 4, 2], [3, 2, 1])}


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run_process(words: list[str]) -> Cost:
    """Run a process to its end."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(LIBRARY),
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "2",
    }
    start = perf_counter()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(words)} failed with status {status}")
    peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3 / 1.024)
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak)


def correct_and_register(scan: str, template: str, finest_mm: str) -> None:
    """What the peers do: N4 on a grid shrunken by 4, then affine by mutual information."""
    import SimpleITK as sitk

    image = sitk.ReadImage(scan, sitk.sitkFloat32)
    fixed = sitk.ReadImage(template, sitk.sitkFloat32)
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    mask = sitk.OtsuThreshold(image, 0, 1, 200)
    corrector.Execute(sitk.Shrink(image, [4] * 3), sitk.Shrink(mask, [4] * 3))
    moving = sitk.Cast(image / sitk.Exp(corrector.GetLogBiasFieldAsImage(image)), sitk.sitkFloat32)
    shrink, smooth = LEVELS[finest_mm]
    registration = sitk.ImageRegistrationMethod()
    registration.SetMetricAsMattesMutualInformation(32)
    registration.SetMetricSamplingStrategy(registration.REGULAR)
    registration.SetMetricSamplingPercentage(0.25)
    registration.SetInterpolator(sitk.sitkLinear)
    registration.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 200, 0.6)
    registration.SetOptimizerScalesFromPhysicalShift()
    registration.SetShrinkFactorsPerLevel(shrink)
    registration.SetSmoothingSigmasPerLevel(smooth)
    registration.SmoothingSigmasAreSpecifiedInPhysicalUnitsOff()
    start = sitk.CenteredTransformInitializer(fixed, moving, sitk.AffineTransform(3))
    registration.SetInitialTransform(start, inPlace=True)
    registration.Execute(fixed, moving)
    sitk.Resample(moving, fixed, start)


def template_file(folder: Path) -> Path:
    """The MNI152 T1 template out of nilearn, as a file."""
    from nilearn.datasets import load_mni152_template

    path = folder / "template.nii.gz"
    load_mni152_template(resolution=1).to_filename(path)
    return path


def default_scan() -> Path:
    data = Path(os.environ.get("MOTIONQC_DATA", REPOSITORY.parent / "shared" / "data"))
    return next((data / "ds002790").rglob("*_T1w.nii.gz"))


def measure(contenders: dict[str, Callable[[], Cost]], rounds: int) -> dict[str, Cost]:
    """Medians over rounds in which everyone has a turn."""
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            costs[name].append(contender())
    return {name: summary(own) for name, own in costs.items()}


def summary(costs: list[Cost]) -> Cost:
    """Median times, highest memory."""
    wall, cpu = (
        statistics.median(getattr(cost, field) for cost in costs) for field in ("wall_s", "cpu_s")
    )
    return Cost(wall, cpu, max(cost.peak_mb for cost in costs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scan", type=Path, help="default: the 1 mm scan of ds002790")
    parser.add_argument("--model", help="default: random weights on the papers' grid")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    scan = str(arguments.scan or default_scan())
    with tempfile.TemporaryDirectory() as folder:
        model = arguments.model
        if model is None:
            model = str(Path(folder) / "random.safetensors")
            save_random_model(Path(model), PAPER_GRID)
        template = str(template_file(Path(folder)))
        ours = [sys.executable, "-m", "MotionQCLib.cli", "score", scan, "--model", model]
        ours += ["--device", "cpu"]
        peer = [sys.executable, __file__, "--peer", scan, template]
        costs = measure(
            {
                "motionqc score": lambda: run_process(ours),
                "N4 + affine, to 1 mm": lambda: run_process([*peer, "1"]),
                "N4 + affine, to 2 mm": lambda: run_process([*peer, "2"]),
            },
            arguments.rounds,
        )
    print_table(costs)


def print_table(costs: dict[str, Cost]) -> None:
    ours = costs["motionqc score"]
    print(
        f"{'':<22} {'wall s':>7} {'CPU s':>7} {'peak MB':>8} {'ours / this, wall':>18} {'CPU':>6}"
    )
    for name, cost in costs.items():
        shares = f"{ours.wall_s / cost.wall_s:18.2f} {ours.cpu_s / cost.cpu_s:6.2f}"
        print(f"{name:<22} {cost.wall_s:7.1f} {cost.cpu_s:7.1f} {cost.peak_mb:8.0f} {shares}")
    print(f"target: at most {TARGET_SHARE:.2f} of the peer's time, {TARGET_MB} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        correct_and_register(*sys.argv[2:5])
    else:
        main()
