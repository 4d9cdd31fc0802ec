"""`motionqc models`: which models can be asked for by name."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from MotionQCLib.models import ModelEntry

NAME = "models"
HELP = "list the models that can score a scan"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(arguments: argparse.Namespace) -> int:
    """Print one line a model, and where to put one's own."""
    from rich.table import Table

    from MotionQCLib.cli.terminal import open_console
    from MotionQCLib.models import list_models
    from MotionQCLib.models.registry import user_folder

    console = open_console()
    table = Table("Model", "Version", "Status", "Score", "Grid", "From")
    for entry in list_models():
        table.add_row(*_cells(entry))
    if table.row_count:
        console.print(table)
    else:
        console.print("There is no model yet.")
    console.print(f"Your own models: {user_folder()}", markup=False, soft_wrap=True)
    return 0


def _cells(entry: ModelEntry) -> list[str]:
    from rich.markup import escape

    if entry.metadata is None:
        return [escape(entry.name), "", f"[red]unusable[/]: {escape(entry.problem)}", "", "", "-"]
    metadata = entry.metadata
    grid = "×".join(map(str, metadata.architecture.grid))
    return [
        escape(entry.name),
        escape(metadata.version),
        escape(metadata.status),
        metadata.label,
        f"{grid} at {metadata.spacing_mm:g} mm",
        entry.origin,
    ]
