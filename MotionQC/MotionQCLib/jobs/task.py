"""What a worker runs: a task, which tells how far it is and may be stopped while it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Stopped(Exception):  # noqa: N818  (not an error: the user asked for it)
    """The job at hand was asked to stop."""


Progress = Callable[..., None]
"""``progress(stage, done=None)``: tell the parent; raises :class:`Stopped` where asked to."""
Task = Callable[[dict[str, Any], Progress], dict[str, Any]]
"""Takes a job's arguments and returns its result."""
