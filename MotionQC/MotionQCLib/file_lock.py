"""A lock on a file that the system lets go when its holder ends, however it ends.

A process number in a file would outlive its process and could become another's.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO

_PATIENCE_S = 2.0


def hold(path: Path) -> IO[bytes] | None:
    """Lock a file, which is made if need be, until the returned stream is closed.

    Returns
    -------
    binary stream or None
        None where another process holds it.
    """
    stream = path.open("ab+")
    end = time.monotonic() + _PATIENCE_S
    while not _locked(stream):
        # Who only looks whether it is held, has it for a moment.
        if time.monotonic() > end:
            stream.close()
            return None
        time.sleep(0.05)
    return stream


def is_held(path: Path) -> bool:
    """Whether a process holds a file's lock."""
    try:
        with path.open("rb+") as stream:
            return not _locked(stream)
    except OSError:
        return False


def _locked(stream: IO[bytes]) -> bool:
    """Try once. A file system without locks, as some network ones, lets everybody have it."""
    if sys.platform == "win32":
        import msvcrt

        stream.seek(0)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
