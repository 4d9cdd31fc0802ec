"""How the commands speak to people: tables on stdout, progress on a terminal's stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_OF_A_FILE = 160
"""Columns where stdout is not a terminal: no table should be squeezed into 80 there."""


def open_console() -> Console:
    """The console of stdout."""
    from rich.console import Console

    class Stdout(Console):
        def on_broken_pipe(self) -> None:
            """Leave to the shell what it means that nobody reads on; Rich would end with 1."""
            raise BrokenPipeError

    width = None if sys.stdout.isatty() else WIDTH_OF_A_FILE
    return Stdout(width=width, highlight=False)


@contextmanager
def progress(description: str, total: int, *, shown: bool) -> Iterator[Callable[[str], None]]:
    """A bar on stderr with the time left; call what it yields with a step's name once it is done.

    Nothing is shown where stderr is not a terminal.
    """
    if not (shown and sys.stderr.isatty()):
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=total)

        def done(step: str) -> None:
            bar.update(task, description=f"{description}: {step} done", advance=1)

        yield done
