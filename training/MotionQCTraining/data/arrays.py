"""Arrays in files that appear whole or not at all, and are read through the page cache.

Named ones lie in an uncompressed ``.npz``: a zip, so every array has a checksum, and lies in one
piece that can be mapped into memory. Processes that read the same file share its pages. A
compressed one is smaller, and is read whole. A single array is an ``.npy``.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.atomic_file import replacing

_LOCAL_HEADER = struct.Struct("<26xHH")
_MAPPED_FROM = 1 << 16
"""Bytes below which an array is read at once: a page is mapped in whole."""


def save_arrays(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an uncompressed ``.npz``; two processes may make the same file at once."""
    with replacing(file) as stream:
        np.savez(stream, **dict(arrays))  # type: ignore[arg-type]


def map_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file by name, those that are large as read-only memory maps.

    Parameters
    ----------
    file : Path
        As ``save_arrays`` wrote it. What it holds is not checked: see ``is_whole``.
    """
    with zipfile.ZipFile(file) as archive, file.open("rb") as stream:
        return {
            entry.filename.removesuffix(".npy"): _array(file, stream, entry)
            for entry in archive.infolist()
        }


def save_compressed_arrays(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an ``.npz`` compressed as far as the standard library can; it cannot be mapped.

    The same arrays give the same bytes.
    """
    with (
        replacing(file) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive,
    ):
        for name, array in arrays.items():
            # Of a fixed date.
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_LZMA
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def read_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file, compressed or not, by name, read into memory."""
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def save_array(file: Path, array: NDArray[Any]) -> None:
    """Write one array as ``.npy``."""
    with replacing(file) as stream:
        np.save(stream, array)


def kept_array(file: Path, *, mapped: bool = False) -> NDArray[Any] | None:
    """Return the array that ``save_array`` wrote, None where it is absent or damaged.

    Parameters
    ----------
    file : Path
        The ``.npy``.
    mapped : bool
        Whether to map it from the disk instead of reading it.
    """
    try:
        kept: NDArray[Any] = np.load(file, mmap_mode="r" if mapped else None)
    except (OSError, ValueError, EOFError):
        return None
    return kept


def is_whole(file: Path) -> bool:
    """Whether a file can be read and all arrays in it agree with their checksums."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.testzip() is None
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError):
        return False
    except (NotImplementedError, ValueError, struct.error):  # a damaged header asks for anything
        return False


def _array(file: Path, stream: BinaryIO, entry: zipfile.ZipInfo) -> NDArray[Any]:
    """One array: where a zip's own header for it ends, numpy's begins."""
    stream.seek(entry.header_offset)
    name, extra = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    stream.seek(name + extra, 1)
    if entry.file_size < _MAPPED_FROM:
        read: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
        return read
    version = np.lib.format.read_magic(stream)
    header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    shape, by_columns, dtype = header[version](stream)
    order = "F" if by_columns else "C"
    return np.memmap(file, dtype, "r", stream.tell(), shape, order)  # type: ignore[call-overload]
