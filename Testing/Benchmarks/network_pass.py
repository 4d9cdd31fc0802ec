"""One network pass on a CPU: OpenVINO graph against torch eager, both float32.

    python Testing/Benchmarks/network_pass.py [--rounds 7] [--threads 2] [--grid 160 192 160]

Each route lives in its own process, so that peak memory is its own; the passes take turns, so that
whatever else the machine does falls on both; CPU seconds are disturbed less than the clock.
Weights are random: they do not change the cost.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

LIBRARY = Path(__file__).resolve().parents[2] / "MotionQC"
sys.path.insert(0, str(LIBRARY))

TARGET_RATIO, TARGET_MB = 2.5, 1200
ROUTES = {"OpenVINO": "cpu", "torch eager": "torch-cpu"}


class Route:
    """A child process that holds one runtime and makes a pass when told to."""

    def __init__(self, device: str, model: Path, threads: int) -> None:
        words = [sys.executable, __file__, "--serve", device, str(model), str(threads)]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def make_pass(self) -> dict[str, Any]:
        """Seconds of one pass (wall and CPU), peak memory so far, and the logits."""
        assert self._process.stdin
        assert self._process.stdout
        print("pass", file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate()


def serve(device: str, model: Path, threads: int) -> None:
    """Answer every line on stdin with one pass over the same volume."""
    from MotionQCLib.models import load_bundle
    from MotionQCLib.scoring.runtimes import open_runtime

    bundle = load_bundle(model)
    runtime = open_runtime(bundle, device, threads=threads)  # type: ignore[arg-type]
    volume = np.random.default_rng(0).random(bundle.metadata.architecture.grid, dtype=np.float32)
    for _ in sys.stdin:
        wall, cpu = perf_counter(), process_time()
        logits = runtime.logits(volume)
        spent = {"wall": perf_counter() - wall, "cpu": process_time() - cpu}
        print(json.dumps({**spent, "mb": peak_mb(), "logits": logits.tolist()}))
        sys.stdout.flush()


def peak_mb() -> float:
    """Peak resident memory of this process, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3 / 1.024)


def save_random_model(path: Path, grid: tuple[int, int, int]) -> None:
    """A model file of the papers' size."""
    from MotionQCLib.models import Architecture, ModelMetadata, save_bundle
    from MotionQCLib.network import SFCN

    weights = {name: value.numpy() for name, value in SFCN(grid=grid).state_dict().items()}
    save_bundle(path, weights, ModelMetadata("random", "0", Architecture(grid=grid)))


def measure(grid: tuple[int, int, int], threads: int, rounds: int) -> dict[str, list[Any]]:
    """Answers of every route, the first pass apart from the rest."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "random.safetensors"
        save_random_model(model, grid)
        routes = {name: Route(device, model, threads) for name, device in ROUTES.items()}
        answers: dict[str, list[Any]] = {name: [] for name in routes}
        for _ in range(rounds + 1):
            for name, route in routes.items():
                answers[name].append(route.make_pass())
        for route in routes.values():
            route.close()
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--grid", type=int, nargs=3, default=(160, 192, 160))
    arguments = parser.parse_args()
    answers = measure(tuple(arguments.grid), arguments.threads, arguments.rounds)
    print(f"grid {tuple(arguments.grid)}, {arguments.threads} threads, {arguments.rounds} rounds")
    print(f"{'':<12} {'first s':>8} {'median s':>9} {'CPU s':>6} {'peak MB':>8}")
    for name, passes in answers.items():
        first, peak = passes[0]["wall"], passes[-1]["mb"]
        wall, cpu = median(passes, "wall"), median(passes, "cpu")
        print(f"{name:<12} {first:8.2f} {wall:9.2f} {cpu:6.2f} {peak:8.0f}")
    fast, slow = (answers[name] for name in ROUTES)
    ratio, of_cpu = (median(slow, clock) / median(fast, clock) for clock in ("wall", "cpu"))
    print(
        f"OpenVINO is {ratio:.1f} times as fast ({of_cpu:.1f} in CPU time; target {TARGET_RATIO}), "
    )
    print(f"and takes {fast[-1]['mb']:.0f} MB (target {TARGET_MB})")
    difference = np.abs(np.subtract(fast[0]["logits"], slow[0]["logits"])).max()
    print(f"largest difference of logits: {difference:.1e}")


def median(passes: list[dict[str, Any]], clock: str) -> float:
    """Median seconds of all passes but the first."""
    return statistics.median(answer[clock] for answer in passes[1:])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
