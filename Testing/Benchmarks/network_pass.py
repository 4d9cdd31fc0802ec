"""One network pass on a CPU: OpenVINO graph against torch eager, both float32.

    python Testing/Benchmarks/network_pass.py [--rounds N] [--json PATH] [--grid 160 192 160]

It should be at least 2.5 times as fast, in at most 1.2 GB.
Each route lives in its own process, so that peak memory is its own; the passes take turns, so that
whatever else the machine does falls on both; CPU seconds are disturbed less than the clock.
Weights are random: they do not change the cost.
"""

from __future__ import annotations

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
from memory import peak_mb
from targets import THREADS, Figure, conclude, parser

AT_LEAST, AT_MOST_MB = 2.5, 1200
PAPER_GRID = (160, 192, 160)
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
        print(json.dumps({**spent, "mb": own_peak_mb(), "logits": logits.tolist()}))
        sys.stdout.flush()


def own_peak_mb() -> float:
    """Peak resident memory of this process, MB."""
    return peak_mb(resource.getrusage(resource.RUSAGE_SELF))


def save_random_model(path: Path, grid: tuple[int, int, int]) -> None:
    """A model file of the papers' size."""
    from MotionQCLib.models import Architecture, ModelMetadata, save_bundle
    from MotionQCLib.network import SFCN

    weights = {name: value.numpy() for name, value in SFCN(grid=grid).state_dict().items()}
    save_bundle(path, weights, ModelMetadata("random", "0", Architecture(grid=grid)))


def measure(grid: tuple[int, int, int], rounds: int) -> dict[str, list[Any]]:
    """Answers of every route, the first pass apart from the rest."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "random.safetensors"
        save_random_model(model, grid)
        routes = {name: Route(device, model, THREADS) for name, device in ROUTES.items()}
        answers: dict[str, list[Any]] = {name: [] for name in routes}
        for _ in range(rounds + 1):
            for name, route in routes.items():
                answers[name].append(route.make_pass())
        for route in routes.values():
            route.close()
    return answers


def judge(answers: dict[str, list[Any]]) -> list[Figure]:
    """Ratio and memory beside their targets."""
    fast, slow = (answers[name] for name in ROUTES)
    ratio, of_cpu = (median(slow, clock) / median(fast, clock) for clock in ("wall", "cpu"))
    difference = np.abs(np.subtract(fast[0]["logits"], slow[0]["logits"])).max()
    note = (
        f"{median(fast, 'wall'):.2f} s against {median(slow, 'wall'):.2f} s; "
        f"{of_cpu:.1f} × in processor time"
    )
    return [
        Figure("OpenVINO against torch eager", ratio, "×", at_least=AT_LEAST, note=note),
        Figure("OpenVINO, peak memory", fast[-1]["mb"], "MB", at_most=AT_MOST_MB),
        Figure("OpenVINO, first pass", fast[0]["wall"], "s"),
        Figure("torch eager, peak memory", slow[-1]["mb"], "MB"),
        Figure("largest difference of logits", float(difference), ""),
    ]


def median(passes: list[dict[str, Any]], clock: str) -> float:
    """Median seconds of all passes but the first."""
    return statistics.median(answer[clock] for answer in passes[1:])


def main() -> int:
    """Time, print and judge."""
    options = parser(__doc__, rounds=7)
    options.add_argument("--grid", type=int, nargs=3, default=PAPER_GRID)
    arguments = options.parse_args()
    grid = tuple(arguments.grid)
    title = f"network pass on {'×'.join(map(str, grid))}, CPU, float32, {THREADS} threads"
    return conclude(title, judge(measure(grid, arguments.rounds)), arguments.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        raise SystemExit(main())
