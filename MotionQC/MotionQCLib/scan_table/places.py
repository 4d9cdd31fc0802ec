"""Where the cells of a table lead, whatever is written in them."""

from __future__ import annotations

from pathlib import Path


def is_there(path: Path) -> bool:
    """Whether a path leads to something; what cannot be a path leads nowhere."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, or a null character
        return False


def resolved(path: Path) -> Path:
    """Return a path made absolute, without links; what cannot be a path stays as it is."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # also links that lead in a circle
        return path
