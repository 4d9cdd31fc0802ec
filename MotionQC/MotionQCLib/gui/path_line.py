"""What a line of the panel that takes a path names."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def path_of(line: Any) -> Path | None:
    """Return the absolute path in a ``ctkPathLineEdit``, or None where it names nothing."""
    text = line.currentPath.strip()
    return Path(text).expanduser().absolute() if text else None
