"""The whole `motionqc score` process, cold, against SimpleITK's N4 and affine registration.

    python Testing/Benchmarks/score_process.py [--scan FILE] [--model NAME] [--rounds N] [--json F]

Ours should take at most a third of their time, and 1.5 GB. All start from nothing: interpreter,
imports, reading, work. They take turns, with two threads each. Beside seconds on the wall there
are CPU seconds, which a busy machine disturbs less. The peers prepare a scan as the published
networks need it (bias field, then affine to the MNI152 template that nilearn carries): once down
to 1 mm, as the t1-linear recipe has it, once to 2 mm.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from memory import peak_mb
from network_pass import PAPER_GRID, save_random_model
from targets import THREADS, Figure, conclude, parser

AT_MOST_SHARE, AT_MOST_MB = 1 / 3, 1500
REPOSITORY = Path(__file__).resolve().parents[2]
OURS = "motionqc score"
LEVELS = {"1": ([8, 4, 2, 1], [3, 2, 1, 0]), "2": ([8, 4, 2], [3, 2, 1])}


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run_process(words: list[str]) -> Cost:
    """Run a process to its end."""
    environment = {**os.environ, "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": str(THREADS)}
    start = perf_counter()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(words)} failed with status {status}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak_mb(usage))


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


def judge(costs: dict[str, Cost]) -> list[Figure]:
    """Time as a share of every peer's, and memory, beside their targets."""
    ours = costs[OURS]
    shares = [
        Figure(
            f"time as a share of {name}",
            ours.wall_s / peer.wall_s,
            "",
            at_most=AT_MOST_SHARE,
            note=f"{ours.wall_s:.1f} s against {peer.wall_s:.1f} s; "
            f"{ours.cpu_s / peer.cpu_s:.2f} in processor time",
        )
        for name, peer in costs.items()
        if name != OURS
    ]
    return [*shares, Figure("peak memory", ours.peak_mb, "MB", at_most=AT_MOST_MB)]


def main() -> int:
    """Time, print and judge."""
    options = parser(__doc__, rounds=3)
    options.add_argument("--scan", type=Path, help="default: the 1 mm scan of ds002790")
    options.add_argument("--model", help="default: random weights on the papers' grid")
    arguments = options.parse_args()
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
                OURS: lambda: run_process(ours),
                "N4 + affine to 1 mm": lambda: run_process([*peer, "1"]),
                "N4 + affine to 2 mm": lambda: run_process([*peer, "2"]),
            },
            arguments.rounds,
        )
    return conclude(f"{OURS}, whole process, {THREADS} threads", judge(costs), arguments.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        correct_and_register(*sys.argv[2:5])
    else:
        raise SystemExit(main())
