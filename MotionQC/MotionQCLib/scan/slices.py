"""The voxels of DICOM slices: plain ones are read here, compressed ones by GDCM in a child.

GDCM allocates what a file claims and dies of some damaged ones. It therefore gets files that are
written here, with nothing in them but one packed slice, in a process of its own: what becomes of
that one is a fault of the input.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from ..errors import InputError
from .content import require_volume
from .decoding import COMMAND, RESULT
from .dicom_file import read_file
from .multiframe import write_slice
from .packed import MAX_RATIO

TAGS = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
)
"""Elements that say how voxels are stored and what they mean."""

_UNCOMPRESSED = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
_DEPTHS = (8, 16, 32)
_PATIENCE_S = 600.0
"""For a child on the slowest of disks; how long it may compute is its own limit."""


def read_slices(files: Sequence[Path], headers: Sequence[Any], source: str) -> NDArray[np.generic]:
    """Read slices of one size, rescaled to float32 where their headers say so.

    Parameters
    ----------
    files : sequence of Path
        One slice each, in order.
    headers : sequence
        Their headers, of ``TAGS`` at least.
    source : str
        What to call them in messages.

    Returns
    -------
    ndarray
        ``[column, row, slice]``.

    Raises
    ------
    InputError
        ``corrupt``, ``truncated`` or another code of :mod:`.content`.
    Exception
        One of :data:`.dicom_file.HEADER_FAULTS`.
    """
    _require_whole_files(files, headers, source)
    if any(map(_is_compressed, headers)):
        stored = _decoded(files, headers, source)
    else:
        stored = _plain(files, headers, source)
    meanings = [_meaning(header) for header in headers]
    if all(meaning == (1.0, 0.0) for meaning in meanings):
        return stored.T
    rescaled = np.empty(stored.shape, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for target, values, (slope, intercept) in zip(rescaled, stored, meanings, strict=True):
            target[...] = values * slope + intercept
    return rescaled.T


def _require_whole_files(files: Sequence[Path], headers: Sequence[Any], source: str) -> None:
    """Every file can hold the slice that its header claims."""
    rows, columns = int(headers[0].Rows), int(headers[0].Columns)
    itemsize = max(int(header.get("BitsAllocated") or 16) // 8 for header in headers)
    capacity = min(
        file.stat().st_size * (MAX_RATIO if _is_compressed(header) else 1)
        for file, header in zip(files, headers, strict=True)
    )
    require_volume((columns, rows, len(files)), itemsize, capacity * len(files), source)


def _is_compressed(header: Any) -> bool:
    """Whether the voxels are stored compressed."""
    return header.file_meta.get("TransferSyntaxUID", ImplicitVRLittleEndian) not in _UNCOMPRESSED


def _meaning(header: Any) -> tuple[float, float]:
    """Slope and intercept that turn stored values into those that are meant."""
    slope, intercept = header.get("RescaleSlope"), header.get("RescaleIntercept")
    return float(1 if slope is None else slope), float(intercept or 0)


def _plain(files: Sequence[Path], headers: Sequence[Any], source: str) -> NDArray[np.generic]:
    """The stored values ``[slice, row, column]`` of uncompressed files."""
    dtype = np.result_type(*(_stored_type(header, source) for header in headers))
    shape = (len(files), int(headers[0].Rows), int(headers[0].Columns))
    values = np.empty(shape, dtype)
    for target, file, header in zip(values, files, headers, strict=True):
        target[...] = _slice(file, header, source)
    return values


def _stored_type(header: Any, source: str) -> np.dtype[np.generic]:
    """The numpy type of one slice's values, in native byte order."""
    depth, signed = int(header.BitsAllocated), int(header.get("PixelRepresentation") or 0)
    if depth not in _DEPTHS or signed not in (0, 1):
        raise _undecodable(header, source)
    return np.dtype(f"{'ui'[signed]}{depth // 8}")


def _slice(file: Path, header: Any, source: str) -> NDArray[np.generic]:
    """The values ``[row, column]`` of one file."""
    dtype = _stored_type(header, source)
    big = header.file_meta.get("TransferSyntaxUID") == ExplicitVRBigEndian
    content = read_file(file).get("PixelData") or b""
    rows, columns = int(header.Rows), int(header.Columns)
    if len(content) < rows * columns * dtype.itemsize:
        raise _undecodable(header, source)
    stored = np.frombuffer(content, dtype.newbyteorder(">" if big else "<"), rows * columns)
    return _used_bits(stored.astype(dtype), header).reshape(rows, columns)


def _used_bits(values: NDArray[Any], header: Any) -> NDArray[Any]:
    """The values without the bits that are not theirs, in which old files keep overlays."""
    depth = 8 * values.dtype.itemsize
    used = int(header.get("BitsStored") or depth)
    above = depth - 1 - int(header.get("HighBit") or used - 1)
    if used == depth or not 0 < used <= depth or not 0 <= above <= depth - used:
        return values
    return (values << above) >> (depth - used)


def _decoded(files: Sequence[Path], headers: Sequence[Any], source: str) -> NDArray[np.generic]:
    """The stored values ``[slice, row, column]`` of compressed files, by a child."""
    with tempfile.TemporaryDirectory() as folder:
        for number, file in enumerate(files):
            write_slice(read_file(file), Path(folder, f"{number:06d}.dcm"))
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "OMP_NUM_THREADS": "1",
        }
        try:
            subprocess.run(
                [sys.executable, "-c", COMMAND, folder],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_PATIENCE_S,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                check=True,
            )
            values: NDArray[np.generic] = np.load(Path(folder, RESULT), allow_pickle=False)
        except (subprocess.SubprocessError, OSError, ValueError, EOFError) as error:
            raise _undecodable(headers[0], source) from error
    if values.shape != (len(files), int(headers[0].Rows), int(headers[0].Columns)):
        raise _undecodable(headers[0], source)
    return values


def _undecodable(header: Any, source: str) -> InputError:
    """Build the error of voxels that cannot be had."""
    packing = getattr(header.file_meta.get("TransferSyntaxUID"), "name", "unknown")
    return InputError(
        "corrupt",
        f"{source}: the voxels of a slice cannot be decoded (stored as {packing}); export the "
        "series again, uncompressed.",
    )
