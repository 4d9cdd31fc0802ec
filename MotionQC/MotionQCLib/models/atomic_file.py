"""Files that appear whole or not at all, whatever interrupts the writing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_atomically(target: Path, content: bytes | str) -> None:
    """Put a file in place in one step; text is written as UTF-8.

    The content goes to a temporary file in the same folder first, because a rename is atomic
    only within one file system.
    """
    data = content.encode() if isinstance(content, str) else content
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o644)  # mkstemp makes it private; what it replaces was not
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
