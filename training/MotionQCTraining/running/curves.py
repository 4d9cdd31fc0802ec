"""The figures of a run by step, over all its sessions: one table and one picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from MotionQCLib.atomic_file import write_atomically

Table = dict[int, dict[str, float]]
_LOGS = "logs/*/metrics.csv"


def write_curves(folder: Path) -> None:
    """Write ``metrics.csv`` and ``curves.png`` of a run folder, from the logs of its sessions.

    Parameters
    ----------
    folder : Path
        The run folder. Where sessions hold the same step twice, the later one counts.
    """
    table = read_logs(sorted(folder.glob(_LOGS), key=_session))
    if table:
        write_atomically(folder / "metrics.csv", _as_csv(table))
        write_atomically(folder / "curves.png", curves_picture(table))


def read_logs(files: Iterable[Path]) -> Table:
    """Return the figures by step (optimiser steps done) and name."""
    table: Table = {}
    for file in files:
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                step = int(row.pop("step")) + 1
                row.pop("epoch", None)
                figures = {name: float(value) for name, value in row.items() if value}
                table.setdefault(step, {}).update(figures)
    return dict(sorted(table.items()))


def curves_picture(table: Table) -> bytes:
    """Return a PNG: what training made smaller, and what validation found, by step."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = sorted({name for figures in table.values() for name in figures})
    groups = [[n for n in names if n.startswith(kind)] for kind in ("train_", "val_")]
    shown = [group for group in groups if group]
    figure = Figure(figsize=(5 * max(1, len(shown)), 3.5), layout="constrained")
    FigureCanvasAgg(figure)
    for number, group in enumerate(shown, start=1):
        axes = figure.add_subplot(1, len(shown), number)
        for name in group:
            steps = [step for step, figures in table.items() if name in figures]
            axes.plot(steps, [table[step][name] for step in steps], label=name, marker=".")
        axes.set_xlabel("step")
        axes.legend(fontsize="small")
        axes.grid(alpha=0.3)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=120)
    return stream.getvalue()


def _as_csv(table: Table) -> str:
    names = sorted({name for figures in table.values() for name in figures})
    stream = io.StringIO()
    writer = csv.DictWriter(stream, ["step", *names], lineterminator="\n")
    writer.writeheader()
    writer.writerows({"step": step, **figures} for step, figures in table.items())
    return stream.getvalue()


def _session(file: Path) -> int:
    """Return the number of a session's folder, ``version_12``."""
    return int(file.parent.name.rpartition("_")[2])
