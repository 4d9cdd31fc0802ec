"""How quickly the Slicer module answers, driven in the test host.

    python Testing/Benchmarks/module.py [--rounds N] [--json PATH]

Slider to picture: from a slider's change to the two views that contain the slab axis drawn anew,
and to all three; with numba, and with what a stock Slicer has. Then the longest time that the event
loop stood still, from a click to an answer, from Stop to the end of the child, a report, and the
opening of the module where no other package can be imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import nibabel
from conform import make_head
from targets import THREADS, Figure, conclude, parser

HERE = Path(__file__).resolve().parent
MODULE = HERE.parents[1] / "MotionQC" / "MotionQC.py"
SHAPES = {"256×256×176": (176, 256, 256), "160×192×160": (160, 192, 160)}
TILTS_DEG = {"straight": 0.0, "oblique": 12.0}
EVENTS = 6
SECONDS = 120.0
TINY_TRAINING = """
{grid: [64, 64, 64], samples: {crop: [32, 32, 32], ramp: 4}, validation: 0.25, test: 0.25,
 validation_draws: 1, whole_volumes: 2, steps: 100000, batch: 1, epoch: 5, warmup: 1}
"""
OTHER_PACKAGES = (
    "lightning",
    "matplotlib",
    "monai",
    "nibabel",
    "numba",
    "openvino",
    "safetensors",
    "torch",
    "torchio",
)


def main() -> int:
    """Measure, print and judge."""
    arguments = parser(__doc__, rounds=15).parse_args()
    os.environ["MOTIONQC_THREADS"] = str(THREADS)
    opening = time_opening(3)
    host = start_host()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for name, path in write_heads(Path(folder)).items():
            figures += time_preview(host, path, name, arguments.rounds)
            figures += time_work(host, path, name, Path(folder))
        figures.append(time_training(host, Path(folder)))
    figures.append(Figure("opening the module", opening, "s", at_most=0.5, note="beyond the host"))
    failures = host.take_failures()
    print("\n".join(failures), file=sys.stderr)
    status = conclude(f"module in the test host, {THREADS} threads", figures, arguments.json)
    return 1 if failures else status


def start_host() -> Any:
    """The test host, its window shown off-screen."""
    sys.path.insert(0, str(HERE.parent / "Host"))
    from slicerhost.host import start

    host = start()
    host.show()
    return host


def write_heads(folder: Path) -> dict[str, Path]:
    """Files of two sizes, one of each along the scanner's axes and one tilted."""
    written = {}
    for size, shape in SHAPES.items():
        for tilt, angle in TILTS_DEG.items():
            scan = make_head(shape, 1.0, angle)
            path = folder / f"{size}-{tilt}.nii"
            nibabel.save(nibabel.Nifti1Image(scan.data, scan.affine), path)
            written[f"{size} {tilt}"] = path
    return written


def panel_with(host: Any, path: Path) -> Any:
    """The panel, with a scan chosen."""
    host.reset()
    host.load_scan(path)
    panel = host.open_module(MODULE).panel
    host.wait_until(lambda: panel.ui.scoreButton.enabled, SECONDS)
    return panel


def time_preview(host: Any, path: Path, name: str, rounds: int) -> list[Figure]:
    """Slider to two views, and to all three, on both routes of interpolation."""
    figures = []
    for route in ("numba", "stock"):
        with numba(route == "numba"):
            figures += time_sliding(host, path, f"{name}, {route}", rounds)
    return figures


def time_sliding(host: Any, path: Path, name: str, rounds: int) -> list[Figure]:
    """Slider to two views, and to all three."""
    panel = panel_with(host, path)
    panel.ui.scoreSection.collapsed = True
    panel.ui.simulateSection.collapsed = False
    panel.parameters.events = EVENTS
    panel.ui.previewButton.click()
    host.wait_until(lambda: panel.ui.trueScoresLabel.text, SECONDS)
    taken = [slide(host, panel, step) for step in range(rounds + 2)][2:]
    panel.ui.previewButton.click()
    figures = []
    for views, at_most in (("two", 60.0), ("three", 150.0)):
        seconds = [getattr(each, views) for each in taken]
        figures.append(
            Figure(
                f"{name}: slider to {views} views",
                1e3 * median(seconds),
                "ms",
                at_most=at_most,
                note=f"at most {1e3 * max(seconds):.0f} ms",
            )
        )
    return figures


class Slid(NamedTuple):
    """Seconds from a slider's event until two views, and until all three, are drawn anew."""

    two: float
    three: float


def slide(host: Any, panel: Any, step: int) -> Slid:
    """Move a slider, and see when the views show what it says.

    The slab axis runs from front to back, so the axial and the sagittal view contain it: their
    planes are written first, the third's after, and then stay as they are.
    """
    import slicer

    manager, seen = slicer.app.layoutManager(), Seen()
    for view in ("Red", "Yellow", "Green"):
        seen.watch(manager.sliceWidget(view).sliceView().renderWindow(), "EndEvent", view)
    scalars = panel.simulate.preview.node.GetImageData().GetPointData().GetScalars()
    seen.watch(scalars, "ModifiedEvent", "written")
    host.wait_until(lambda: host.views_waiting == 0, SECONDS)
    seen.events.clear()
    begun = time.perf_counter()
    panel.ui.rotationSlider.value = 1.0 + 0.1 * step
    host.wait_until(lambda: seen.after(2, "Green") is not None, SECONDS)
    host.wait_until(lambda: "exact" in panel.ui.previewStatus.text, SECONDS)
    host.wait(0.1)
    seen.stop()
    two, third = seen.after(1, "Red", "Yellow"), seen.after(2, "Green")
    assert two is not None
    assert third is not None
    return Slid(two - begun, max(two, third) - begun)


class Seen:
    """What happened when, by name."""

    def __init__(self) -> None:
        self.events: list[tuple[str, float]] = []
        self._watched: list[tuple[Any, int]] = []

    def watch(self, thing: Any, event: str, name: str) -> None:
        """Note every event of a VTK object."""
        tag = thing.AddObserver(event, lambda *_: self.events.append((name, time.perf_counter())))
        self._watched.append((thing, tag))

    def stop(self) -> None:
        """Note no more."""
        for thing, tag in self._watched:
            thing.RemoveObserver(tag)

    def after(self, writing: int, *views: str) -> float | None:
        """When all these views had been drawn after the n-th writing of voxels; None if not yet."""
        writings = [when for name, when in self.events if name == "written"]
        if len(writings) < writing:
            return None
        firsts = [
            next((t for n, t in self.events if n == view and t > writings[writing - 1]), None)
            for view in views
        ]
        drawn = [when for when in firsts if when is not None]
        return max(drawn) if len(drawn) == len(views) else None


@contextmanager
def numba(wanted: bool) -> Iterator[None]:
    """With numba's kernels, or without."""
    os.environ["MOTIONQC_NUMBA"] = "1" if wanted else "0"
    try:
        yield
    finally:
        del os.environ["MOTIONQC_NUMBA"]


def time_work(host: Any, path: Path, name: str, folder: Path) -> list[Figure]:
    """Scoring cold and warm, applying, Stop, a report; and how long the window stood still."""
    panel = panel_with(host, path)
    score, simulate, ui = panel.score.scoring, panel.simulate.applying, panel.ui
    draw_plots_once(host)
    host.reset_block_meter()
    cold = until_idle(host, score, ui.scoreButton.click)
    first_block = block_of(host)
    warm, scoring_blocks = repeatedly(host, score, ui.scoreButton.click)
    host.answer(str(folder / "report.html"))
    start = time.perf_counter()
    ui.reportButton.click()
    report = time.perf_counter() - start
    _, applying_blocks = repeatedly(host, simulate, ui.applyButton.click)
    stopping = max(
        time_stop(host, score, ui.scoreButton), time_stop(host, simulate, ui.applyButton)
    )
    return [
        Figure(f"{name}: click to answer, cold", cold, "s", at_most=10.0),
        Figure(f"{name}: click to answer, warm", warm, "s", at_most=4.0),
        blocked(f"{name}: longest block, scoring", [first_block, *scoring_blocks]),
        blocked(f"{name}: longest block, applying", applying_blocks),
        Figure(f"{name}: Stop to the child's end", stopping, "s", at_most=2.0),
        Figure(f"{name}: report", report, "s", at_most=3.0),
    ]


def time_training(host: Any, folder: Path) -> Figure:
    """How long the window stands still while a run trains and its charts grow."""
    host.reset()
    panel = host.open_module(MODULE).panel
    from MotionQCLib.gui.parameters import Training

    ui, run = panel.ui, panel.train.run
    ui.trainSection.collapsed = False
    ui.trainManifest.currentPath = str(write_manifest(folder))
    (folder / "tiny.yaml").write_text(TINY_TRAINING)
    panel.parameters.training = Training.PRETRAIN
    ui.trainConfig.currentPath = str(folder / "tiny.yaml")
    ui.trainFolder.currentPath = str(folder / "run")
    host.wait_until(lambda: run.folder and run.folder.path == folder / "run", SECONDS)
    draw_plots_once(host)
    ui.trainButton.click()
    host.wait_until(lambda: ui.trainPlotFrame.visible, 3 * SECONDS)
    blocks = []
    for _ in range(5):
        host.reset_block_meter()
        host.wait(3.0)
        blocks.append(block_of(host))
    if not run.running:
        raise RuntimeError(f"the run ended: {ui.trainMessage.text}")
    ui.trainButton.click()
    host.wait_until(lambda: not run.running, SECONDS)
    return blocked("longest block, training", blocks)


def write_manifest(folder: Path) -> Path:
    """Six small heads of two sites."""
    lines = ["path\tsubject\tsite"]
    for number in range(6):
        scan = make_head((64, 64, 64), 3.0, float(number))
        nibabel.save(nibabel.Nifti1Image(scan.data, scan.affine), folder / f"sub-{number}.nii")
        lines.append(f"sub-{number}.nii\tsub-{number}\tsite{number % 2}")
    manifest = folder / "manifest.tsv"
    manifest.write_text("\n".join(lines) + "\n")
    return manifest


class Block(NamedTuple):
    """Seconds that the window stood still, and how much of that its thread computed."""

    seconds: float
    computing: float


def block_of(host: Any) -> Block:
    """The longest block since the meter was reset."""
    return Block(host.longest_block(), host.longest_block_computing())


def repeatedly(host: Any, job: Any, begin: Callable[[], None]) -> tuple[float, list[Block]]:
    """Median seconds from a click until its job is over, and every round's longest block."""
    seconds, blocks = [], []
    for _ in range(3):
        host.reset_block_meter()
        seconds.append(until_idle(host, job, begin))
        blocks.append(block_of(host))
    return median(seconds), blocks


def blocked(name: str, blocks: list[Block]) -> Figure:
    """The longest time that the window stood still in a round: the median of some rounds.

    What its thread did not compute in the worst it waited, for a disk or for a processor.
    """
    worst = max(blocks)
    note = (
        f"at most {1e3 * worst.seconds:.0f} ms in {len(blocks)} rounds, "
        f"{1e3 * worst.computing:.0f} ms of them computing"
    )
    middle = median(block.seconds for block in blocks)
    return Figure(name, 1e3 * middle, "ms", at_most=100.0, note=note)


def draw_plots_once(host: Any) -> None:
    """The host's software renderer compiles shaders at a plot's first drawing, for 0.13 s."""
    from slicerhost.widgets.plot_view import qMRMLPlotView

    for widget in host.window.findChildren(qMRMLPlotView):
        widget.forceRender()


def until_idle(host: Any, job: Any, begin: Callable[[], None]) -> float:
    """Seconds from a click until its job is over."""
    start = time.perf_counter()
    begin()
    host.wait_until(lambda: not job.busy, SECONDS)
    return time.perf_counter() - start


def time_stop(host: Any, job: Any, button: Any) -> float:
    """Seconds from Stop until the child is gone and the button is back."""
    button.click()
    host.wait(1.0)
    pid, start = job.pid, time.perf_counter()
    button.click()
    host.wait_until(lambda: not job.busy and button.text != "Stop", SECONDS)
    taken = time.perf_counter() - start
    if Path(f"/proc/{pid}").exists():
        raise RuntimeError(f"child {pid} outlived its Stop")
    return taken


def time_opening(rounds: int) -> float:
    """Median seconds to import the module and create its widget, in a fresh process each.

    Compiled bytecode is at hand, as from Slicer's second start on.
    """
    words = [sys.executable, str(Path(__file__)), "--opening"]
    with tempfile.TemporaryDirectory() as folder:
        bytecode = {"PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        seconds = []
        for _ in range(rounds + 1):
            done = subprocess.run(
                words, capture_output=True, check=True, env={**os.environ, **bytecode}
            )
            seconds.append(json.loads(done.stdout.splitlines()[-1])["seconds"])
    return median(seconds[1:])


def open_once() -> int:
    """Open the module in a process that finds no other package, and print how long it took."""
    host = start_host()
    for name in OTHER_PACKAGES:
        sys.modules[name] = None  # type: ignore[assignment]
    start = time.perf_counter()
    host.open_module(MODULE)
    print(json.dumps({"seconds": time.perf_counter() - start}))
    return 0


if __name__ == "__main__":
    raise SystemExit(open_once() if "--opening" in sys.argv else main())
