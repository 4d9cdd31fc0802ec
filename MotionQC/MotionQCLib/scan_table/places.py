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
    """Return a path made absolute, its folders without links; what cannot be a path stays as it is.

    A link's own name is kept: DataLad lays files elsewhere, under their checksums, and only the
    links to them say whose they are.
    """
    try:
        return path.resolve() if path.name == ".." else path.parent.resolve() / path.name
    except (OSError, RuntimeError, ValueError):  # also links that lead in a circle
        return path
