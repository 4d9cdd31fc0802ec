"""The bytes of a file that may be packed, never more of them than asked for."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from ..errors import InputError
from .signature import GZIP_MAGIC

Packing = Literal["none", "gzip", "zlib"]

MAX_RATIO = 1032
"""Deflate cannot pack more densely than this, so a larger claim is false."""

_CHUNK = 1 << 22


def packing_of(path: Path) -> Packing:
    """Whether the whole file is gzipped."""
    with path.open("rb") as stream:
        return "gzip" if stream.read(2) == GZIP_MAGIC else "none"


def capacity(path: Path, packing: Packing, start: int = 0) -> int:
    """The most bytes that the file can hold from `start` on: known without unpacking it."""
    size = max(0, path.stat().st_size - start)
    return size if packing == "none" else size * MAX_RATIO


def read_bytes(path: Path, count: int, packing: Packing, start: int = 0) -> bytearray:
    """Read `count` bytes, unpacked, from the byte `start` of the file as it lies on disk.

    Memory grows with what the file really holds, not with what is asked for.

    Raises
    ------
    InputError
        ``truncated`` if there are fewer.
    """
    content = bytearray()
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            for chunk in _chunks(stream, packing, min(count, _CHUNK)):
                content += chunk
                if len(content) >= count:
                    break
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _truncated(path) from error
    if len(content) < count:
        raise _truncated(path)
    del content[count:]
    return content


def _chunks(stream: BinaryIO, packing: Packing, size: int) -> Iterator[bytes]:
    """Unpacked pieces of a stream, none larger than `size`."""
    if packing == "zlib":
        yield from _inflate(stream, size)
        return
    read: Callable[[int], bytes] = stream.read
    if packing == "gzip":
        read = gzip.GzipFile(fileobj=stream, mode="rb").read
    while chunk := read(size):
        yield chunk


def _inflate(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Unpacked pieces of a zlib stream."""
    unpacker = zlib.decompressobj()
    packed = stream.read(_CHUNK)
    while packed:
        yield unpacker.decompress(packed, size)
        packed = unpacker.unconsumed_tail or stream.read(_CHUNK)


def _truncated(path: Path) -> InputError:
    """Build the error of a file that ends too early."""
    return InputError(
        "truncated",
        f"{path.name}: the file is cut off or damaged (its voxels end too early); "
        "copy or export it again.",
    )
