"""The picture of the page on architecture: who imports whom, out of the source.

Run as `python Testing/Docs/architecture_diagram.py > Resources/Docs/architecture.svg`. Boxes have
their places here; arrows are the imports that the house's test reads, without those that follow
from others. A package that has no place here is an error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Testing" / "Unit"))

from house.test_imports import OURS, ROOTS, graph_of, read_imports  # noqa: E402

Graph = Mapping[str, set[str]]


class Box(NamedTuple):
    """A box: its middle, its words, its kind, and which modules are in it."""

    x: int
    y: int
    title: str
    words: str
    kind: str
    modules: tuple[str, ...]


LIB = "MotionQCLib"
WIDTH, HEIGHT = 1000, 790
BOX_WIDTH, BOX_HEIGHT = 176, 50
COLOURS = {
    "slicer": ("#dbe9fb", "#2f6db5"),
    "child": ("#fdebd0", "#b9770e"),
    "torch": ("#f6dcdc", "#b03a2e"),
    "plain": ("#e3f1e1", "#3f7d3a"),
}
LEGEND = {
    "slicer": "in 3D Slicer's process only: Qt, MRML, never PyTorch",
    "child": "in a child process or a shell",
    "torch": "needs PyTorch",
    "plain": "in both, without PyTorch",
}
BOXES = {
    "module": Box(150, 100, "MotionQC.py", "what Slicer loads", "slicer", ("MotionQC",)),
    "gui": Box(150, 200, "gui", "the panel", "slicer", (f"{LIB}.gui",)),
    "jobs": Box(100, 340, "jobs", "start, hear, stop a child", "plain", (f"{LIB}.jobs",)),
    "worker": Box(
        400,
        100,
        "jobs, in the child",
        "worker, tasks, attended",
        "child",
        (f"{LIB}.jobs.worker", f"{LIB}.jobs.tasks", f"{LIB}.jobs.attended"),
    ),
    "cli": Box(590, 200, "cli", "the shell, motionqc", "child", (f"{LIB}.cli",)),
    "training": Box(
        860, 100, "MotionQCTraining", "synthesis, fitting, judging", "torch", ("MotionQCTraining",)
    ),
    "site_fit": Box(605, 290, "site_fit", "a site's own limits", "child", (f"{LIB}.site_fit",)),
    "archive": Box(605, 370, "archive", "many scans, resumed", "child", (f"{LIB}.archive",)),
    "scan_table": Box(
        810, 370, "scan_table", "spreadsheets of scans", "plain", (f"{LIB}.scan_table",)
    ),
    "scoring": Box(615, 470, "scoring", "scan and model to result", "child", (f"{LIB}.scoring",)),
    "models": Box(490, 570, "models", "weights and metadata", "plain", (f"{LIB}.models",)),
    "motion": Box(290, 570, "motion", "poses, simulation, scores", "plain", (f"{LIB}.motion",)),
    "network": Box(860, 570, "network", "the networks", "torch", (f"{LIB}.network",)),
    "scan": Box(660, 645, "scan", "read, find the head, check", "plain", (f"{LIB}.scan",)),
    "resampling": Box(660, 715, "resampling", "interpolation", "plain", (f"{LIB}.resampling",)),
}
SHARED = ("errors", "anatomy", "atomic_file", "checksum", "file_lock", "ray_cluster")
"""Small files under all of them, in one bar without arrows."""

STARTED = (
    ("jobs", "worker", "child process: JSON lines", (226, 354, "start")),
    ("cli", "training", "found by name", (716, 148, "end")),
)
"""What is no import: who starts whom, and how, and where those words stand."""

LEVELS = {("training", "motion"): (925, 522)}
"""Where a long arrow begins, and the height at which it crosses, between two rows of boxes."""


def diagram() -> str:
    """Return the picture as SVG."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="Helvetica, Arial, sans-serif" text-anchor="middle">',
            "<title>Who imports whom in MotionQC</title>",
            _markers(),
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            *(_arrow(a, b) for a, targets in sorted(arrows().items()) for b in sorted(targets)),
            *(_start(*each) for each in STARTED),
            *(_box(box) for box in BOXES.values()),
            _shared(),
            *_legend(),
            "</svg>",
            "",
        ]
    )


def arrows() -> dict[str, set[str]]:
    """Which box imports which, without what follows from other arrows."""
    imports = [entry for root in ROOTS for entry in read_imports(root)]
    graph = graph_of(imports, box_of)
    graph.pop("", None)
    return reduced({name: targets - {""} for name, targets in graph.items()})


def box_of(module: str) -> str:
    """Name of the box that a module is in; empty for the bar under all, and for libraries."""
    package, _, name = module.partition(".")
    if package not in OURS or module == LIB or name.partition(".")[0] in SHARED:
        return ""
    places = {place: name for name, box in BOXES.items() for place in box.modules}
    fits = [place for place in places if module == place or module.startswith(f"{place}.")]
    if not fits:
        raise KeyError(f"{module} has no box in {Path(__file__).name}; give it one")
    return places[max(fits, key=len)]


def reduced(graph: Graph) -> dict[str, set[str]]:
    """Leave out what is reached by way of another."""
    return {
        name: {
            target
            for target in targets
            if not any(target in reached(graph, other) for other in targets - {target})
        }
        for name, targets in graph.items()
    }


def reached(graph: Graph, start: str) -> set[str]:
    """All that lies behind a box."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


def _markers() -> str:
    path = '<path d="M0,0 L8,4 L0,8 z" fill="{}"/>'
    marker = (
        '<marker id="{}" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto" '
        'markerUnits="userSpaceOnUse">{}</marker>'
    )
    heads = {"import": "#555", "start": "#b9770e"}
    made = (marker.format(name, path.format(colour)) for name, colour in heads.items())
    return f"<defs>{''.join(made)}</defs>"


def _arrow(name: str, target: str) -> str:
    """A curve from the lower edge of a box to the upper edge of another, or from side to side."""
    (x, y), (to_x, to_y), bend = _ends(BOXES[name], BOXES[target])
    curve = f"C{x},{y + bend} {to_x},{to_y - bend} {to_x},{to_y}"
    if (name, target) in LEVELS:
        x, level = LEVELS[name, target]
        turn = f"C{x},{level - 100} {x},{level} {x - 150},{level} L{to_x + 60},{level}"
        curve = f"{turn} C{to_x + 20},{level} {to_x},{level} {to_x},{to_y}"
    return (
        f'<path d="M{x},{y} {curve}" fill="none" '
        'stroke="#555" stroke-width="1.4" marker-end="url(#import)"/>'
    )


def _ends(a: Box, b: Box) -> tuple[tuple[int, int], tuple[int, int], int]:
    sideways = max(-1.0, min(1.0, (b.x - a.x) / 120))
    start = (round(a.x + 0.4 * BOX_WIDTH * sideways), a.y + BOX_HEIGHT // 2)
    end = (round(b.x - 0.4 * BOX_WIDTH * sideways), b.y - BOX_HEIGHT // 2)
    return start, end, max(20, (end[1] - start[1]) // 2)


def _start(name: str, target: str, words: str, place: tuple[int, int, str]) -> str:
    """A broken line between facing sides, and its words."""
    a, b = BOXES[name], BOXES[target]
    x, to_x = a.x + BOX_WIDTH // 2, b.x - BOX_WIDTH // 2
    middle = (x + to_x) // 2
    words_x, words_y, anchor = place
    return (
        f'<path d="M{x},{a.y} C{middle},{a.y} {middle},{b.y} {to_x},{b.y}" fill="none" '
        'stroke="#b9770e" stroke-width="2" stroke-dasharray="6 4" marker-end="url(#start)"/>'
        f'<text x="{words_x}" y="{words_y}" font-size="12" fill="#8a5a0b" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )


def _box(box: Box) -> str:
    fill, line = COLOURS[box.kind]
    return (
        f'<rect x="{box.x - BOX_WIDTH // 2}" y="{box.y - BOX_HEIGHT // 2}" width="{BOX_WIDTH}" '
        f'height="{BOX_HEIGHT}" rx="7" fill="{fill}" stroke="{line}" stroke-width="1.5"/>'
        f'<text x="{box.x}" y="{box.y - 3}" font-size="15" font-weight="bold" fill="#222">'
        f"{escape(box.title)}</text>"
        f'<text x="{box.x}" y="{box.y + 15}" font-size="12" fill="#444">{escape(box.words)}</text>'
    )


def _shared() -> str:
    fill, line = COLOURS["plain"]
    words = f"under all: {', '.join(SHARED)}"
    return (
        f'<rect x="42" y="752" width="{WIDTH - 84}" height="30" rx="7" fill="{fill}" '
        f'stroke="{line}" stroke-width="1.5"/>'
        f'<text x="{WIDTH // 2}" y="772" font-size="13" fill="#222">{escape(words)}</text>'
    )


def _legend() -> Iterator[str]:
    for number, (kind, words) in enumerate(LEGEND.items()):
        fill, line = COLOURS[kind]
        x, y = 42 + (number % 2) * 400, 20 + (number // 2) * 22
        yield (
            f'<rect x="{x}" y="{y}" width="20" height="13" rx="3" fill="{fill}" stroke="{line}"/>'
            f'<text x="{x + 28}" y="{y + 11}" font-size="12" fill="#222" text-anchor="start">'
            f"{escape(words)}</text>"
        )


if __name__ == "__main__":
    sys.stdout.write(diagram())
