"""MetaImage (``.mha``, ``.mhd``), raw or zlib compressed.

Format: https://itk.org/Wiki/ITK/MetaIO/Documentation. A text header of ``Name = value`` lines
ends with ``ElementDataFile``; the voxels follow (``LOCAL``) or lie in the file it names.
Coordinates are LPS, as in all of ITK. Read here for the reasons that :mod:`.nrrd` gives.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .content import make_scan
from .packed import Packing
from .scan import Scan
from .score_warning import no_orientation
from .stored import StoredVoxels, file_beside, header_faults

_HEADER_LIMIT = 1 << 16
_DIRECTIONS = ("TransformMatrix", "Rotation", "Orientation")
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}


def read_metaimage(path: Path) -> Scan:
    """Read an MHA or MHD file.

    A file without directions has no orientation; its axes are taken as left, posterior, superior,
    which is what ITK and Slicer do, and a warning says so.

    Raises
    ------
    InputError
        ``corrupt``, ``unsupported-format``, or a code of :mod:`.content` and :mod:`.packed`.
    """
    fields, end = _read_fields(path)
    with header_faults(path, "MetaImage"):
        stored = _stored(fields, path, end)
        data = stored.read([int(size) for size in fields["DimSize"].split()], path.name)
        affine = _affine(fields)
    named = any(name in fields for name in _DIRECTIONS)
    warnings = [] if named else [no_orientation("MetaImage", "left, posterior, superior")]
    return make_scan(
        data,
        affine,
        source=path.name,
        format="metaimage",
        warnings=warnings,
        whole_file=stored.file == path,
    )


def _read_fields(path: Path) -> tuple[dict[str, str], int]:
    """Header fields by name, and the byte at which the header ends."""
    with path.open("rb") as stream:
        text = stream.read(_HEADER_LIMIT)
    fields: dict[str, str] = {}
    position = 0
    for line in text.splitlines(keepends=True):
        position += len(line)
        name, found, value = line.decode("latin-1").partition("=")
        if found:
            fields[name.strip()] = value.strip()
        if name.strip() == "ElementDataFile":
            break
    return fields, position


def _is_true(fields: dict[str, str], name: str) -> bool:
    """A MetaIO truth value; absent is false."""
    return fields.get(name, "False").lower() in ("true", "1")


def _voxel_type(fields: dict[str, str], path: Path) -> np.dtype[np.generic]:
    """The numpy type of the stored voxels."""
    channels = int(fields.get("ElementNumberOfChannels", "1"))
    code = _TYPES.get(fields["ElementType"].upper().removesuffix("_ARRAY"))
    if channels != 1 or code is None:
        raise InputError(
            "not-scalar",
            f"{path.name}: holds {channels} values a voxel of type {fields['ElementType']:.40}; "
            "give one number a voxel.",
        )
    big = _is_true(fields, "BinaryDataByteOrderMSB") or _is_true(fields, "ElementByteOrderMSB")
    return np.dtype((">" if big else "<") + code)


def _stored(fields: dict[str, str], path: Path, end: int) -> StoredVoxels:
    """Where the voxels begin, and how they are stored."""
    dtype = _voxel_type(fields, path)
    packing: Packing = "zlib" if _is_true(fields, "CompressedData") else "none"
    name = fields["ElementDataFile"]
    skip = int(fields.get("HeaderSize", "0"))
    if not _is_true(fields, "BinaryData") or name.startswith("LIST") or "%" in name or skip < 0:
        raise InputError(
            "unsupported-format",
            f"{path.name}: MetaImage as text, as a list of files or with a header of unknown "
            "length is not read; save it as one .mha file.",
        )
    if name == "LOCAL":
        return StoredVoxels(path, end, packing, dtype)
    return StoredVoxels(file_beside(path, name), skip, packing, dtype)


def _affine(fields: dict[str, str]) -> NDArray[np.float64]:
    """Voxel indices to RAS mm; each row of the file's matrix is one axis' direction."""
    spacing = _numbers(fields, ("ElementSpacing", "ElementSize"), [1.0, 1.0, 1.0])
    origin = _numbers(fields, ("Offset", "Position", "Origin"), [0.0, 0.0, 0.0])
    dimensions = len(fields["DimSize"].split())
    unit = np.eye(dimensions).ravel().tolist()
    rows = _numbers(fields, _DIRECTIONS, unit)
    directions = np.array(rows).reshape(dimensions, dimensions)[:3, :3]
    affine = np.eye(4)
    affine[:3, :3] = directions.T * np.array(spacing[:3])
    affine[:3, 3] = origin[:3]
    return _LPS_TO_RAS @ affine


def _numbers(fields: dict[str, str], names: tuple[str, ...], default: list[float]) -> list[float]:
    """The numbers of the first field that is there."""
    for name in names:
        if name in fields:
            return [float(part) for part in fields[name].split()]
    return default
