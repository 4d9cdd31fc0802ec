"""What a benchmark found beside what it should find: a table, a record, an exit status."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

THREADS = 2
"""Of every contender, ours and the peers'."""

LIBRARIES = (
    "motionqc",
    "numpy",
    "scipy",
    "SimpleITK",
    "numba",
    "openvino",
    "torch",
    "torchio",
)


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Parameters
    ----------
    name
        What was measured.
    value, unit
        What came out.
    at_least, at_most
        Its target; a figure without one is reported only.
    note
        What else to know of it.
    """

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def target(self) -> str:
        """The target in words, empty where there is none."""
        if self.at_least is not None:
            return f"≥ {self.at_least:.4g}"
        return "" if self.at_most is None else f"≤ {self.at_most:.4g}"

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one. What is not a number meets none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most


def missed(figures: Sequence[Figure]) -> list[Figure]:
    """The figures that miss their targets."""
    return [figure for figure in figures if figure.met is False]


def table(title: str, figures: Sequence[Figure]) -> str:
    """Figures as aligned text, each with its target and whether that is met."""
    rows = [("", "figure", "", "target", "", "")]
    rows += [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = []
    for name, value, unit, target, verdict, note in rows:
        cells = (name.ljust(widths[0]), value.rjust(widths[1]), unit.ljust(widths[2]))
        cells += (target.rjust(widths[3]), verdict.ljust(widths[4]), note)
        lines.append("  ".join(cells).rstrip())
    return "\n".join([title, *lines])


def _row(figure: Figure) -> tuple[str, str, str, str, str, str]:
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    value = f"{figure.value:.3g}" if abs(figure.value) < 1000 else f"{figure.value:.0f}"
    return figure.name, value, figure.unit, figure.target, verdict, figure.note


def conclude(title: str, figures: Sequence[Figure], record: Path | None) -> int:
    """Print the table, write the record if one is asked for, and return the exit status.

    Returns
    -------
    int
        0, or 1 where a target is missed.
    """
    print(table(title, figures), flush=True)
    if record is not None:
        write_record(record, {title: figures})
    return 1 if missed(figures) else 0


def write_record(path: Path, benchmarks: dict[str, Sequence[Figure]]) -> None:
    """Write figures with the date and the machine as JSON."""
    content = {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": machine(),
        "benchmarks": {
            title: [{**asdict(figure), "met": figure.met} for figure in figures]
            for title, figures in benchmarks.items()
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_record(path: Path) -> dict[str, list[Figure]]:
    """The figures of a record, by benchmark."""
    stored = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
    return {title: [_figure(item) for item in items] for title, items in stored.items()}


def _figure(item: dict[str, Any]) -> Figure:
    return Figure(**{name: value for name, value in item.items() if name != "met"})


def machine() -> dict[str, Any]:
    """What figures depend on: processor, threads, versions, and how busy the machine is."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "threads": THREADS,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in LIBRARIES},
    }


def cpu_model() -> str:
    """The processor's name, as the system has it."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        words = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def parser(description: str | None, rounds: int | None) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    options = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rounds", type=int, default=rounds, help="turns of every contender")
    options.add_argument("--json", type=Path, metavar="PATH", help="write the figures there")
    return options
