"""Files that appear whole or not at all, whatever interrupts the writing.

The content goes to a temporary file in the same folder first, because a rename is atomic only
within one file system.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO


def write_atomically(target: Path, content: bytes | str) -> None:
    """Put a file in place in one step; text is written as UTF-8.

    What is no Unicode, as bytes of a file's name may be, is written as an escape.

    Raises
    ------
    OSError
        It cannot be written; what was there before is still there.
    """
    write_together({target: content})


def write_together(contents: Mapping[Path, bytes | str]) -> None:
    """Put several files in place, in the order given, once all of them are on the disk.

    The last one is the sign that all are there: an older one goes first, so that new files never
    lie beside the old sign, whenever the process is killed.

    Raises
    ------
    OSError
        One of them cannot be written; what was there before is still there. Only a rename that
        fails (the target is a folder, say) leaves the files before it in place, without the sign.
    """
    with ExitStack() as stack:
        staged = {target: stack.enter_context(_temporary(target)) for target in contents}
        for target, content in contents.items():
            staged[target].write_bytes(_bytes(content))
        *others, sign = contents
        if others:
            sign.unlink(missing_ok=True)
        for target, temporary in staged.items():
            temporary.replace(target)


def _bytes(content: bytes | str) -> bytes:
    return content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the target's place when the ``with`` block ends without an exception.

    Raises
    ------
    OSError
        It cannot be written; what was there before is still there.
    """
    with _temporary(target) as temporary:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(target)


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """A new, empty file beside the target, which is gone when the block ends."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    # Made by a plain `open`, unlike tempfile's private ones: the result has the user's permissions.
    temporary.open("xb").close()
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
