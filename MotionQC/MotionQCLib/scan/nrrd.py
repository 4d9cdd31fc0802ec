"""NRRD (``.nrrd``, ``.nhdr``), raw or gzip encoded.

Format: https://teem.sourceforge.net/nrrd/format.html. A text header of ``field: value`` lines
ends at an empty line; the voxels follow, or lie in the file that ``data file`` names. Read here
rather than by ITK because the sizes that a header claims must be held against the bytes that
are there before anything is allocated, and because ITK hides a shear.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .content import make_scan
from .packed import Packing
from .scan import Scan
from .score_warning import ScoreWarning, no_orientation
from .stored import StoredVoxels, file_beside, header_faults

_HEADER_LIMIT = 1 << 20
_TYPES = {
    "i1": {"signed char", "int8", "int8_t"},
    "u1": {"uchar", "unsigned char", "uint8", "uint8_t"},
    "i2": {"short", "short int", "signed short", "signed short int", "int16", "int16_t"},
    "u2": {"ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"},
    "i4": {"int", "signed int", "int32", "int32_t"},
    "u4": {"uint", "unsigned int", "uint32", "uint32_t"},
    "i8": {"longlong", "long long", "long long int", "int64", "int64_t"},
    "u8": {"ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"},
    "f4": {"float"},
    "f8": {"double"},
}
_SPACE_TO_RAS = {
    "right-anterior-superior": (1, 1, 1),
    "ras": (1, 1, 1),
    "left-anterior-superior": (-1, 1, 1),
    "las": (-1, 1, 1),
    "left-posterior-superior": (-1, -1, 1),
    "lps": (-1, -1, 1),
}
_VECTOR = re.compile(r"\(([^)]*)\)|none")


def read_nrrd(path: Path) -> Scan:
    """Read an NRRD file.

    A file without ``space`` has no orientation; its axes are taken as left, posterior, superior,
    which is what ITK and Slicer do. One without ``space directions`` has its axes along those of
    its space. A warning says so.

    Raises
    ------
    InputError
        ``corrupt``, ``unsupported-format``, or a code of :mod:`.content` and :mod:`.packed`.
    """
    fields, end = _read_fields(path)
    with header_faults(path, "NRRD"):
        stored = _stored(fields, path, end)
        sizes = [int(size) for size in fields["sizes"].split()]
        axes = _spatial_axes(sizes, fields, path)
        data = stored.read([sizes[axis] for axis in axes], path.name)
        affine = _affine(fields, axes, path)
    return make_scan(
        data,
        affine,
        source=path.name,
        format="nrrd",
        warnings=_warnings(fields),
        whole_file=stored.file == path,
    )


def _read_fields(path: Path) -> tuple[dict[str, str], int]:
    """Header fields by lower-case name, and the byte at which the header ends."""
    with path.open("rb") as stream:
        text = stream.read(_HEADER_LIMIT)
    blank = re.search(rb"\r?\n\r?\n", text)
    end = blank.end() if blank else len(text)
    fields = {}
    for line in text[:end].decode("latin-1").splitlines()[1:]:
        name, found, value = line.partition(": ")
        if found and not line.startswith("#"):
            fields[name.strip().lower()] = value.strip()
    return fields, end


def _voxel_type(fields: dict[str, str], path: Path) -> np.dtype[np.generic]:
    """The numpy type of the stored voxels."""
    name = fields["type"].lower()
    code = next((code for code, names in _TYPES.items() if name in names), None)
    if code is None:
        raise InputError(
            "not-scalar", f"{path.name}: its voxel type is {name:.40}; give one number a voxel."
        )
    order = ">" if fields.get("endian", "little").lower() == "big" else "<"
    return np.dtype(order + code)


def _packing(fields: dict[str, str], path: Path) -> Packing:
    """How the voxels are encoded."""
    encoding = fields["encoding"].lower()
    if encoding == "raw":
        return "none"
    if encoding in ("gzip", "gz"):
        return "gzip"
    raise InputError(
        "unsupported-format",
        f"{path.name}: NRRD encoding {encoding!r:.40} is not read; save it as raw or gzip.",
    )


def _spatial_axes(sizes: list[int], fields: dict[str, str], path: Path) -> list[int]:
    """The axes but those of length 1 that are not in space; several values are refused."""
    kinds = fields.get("kinds", "").lower().split()
    directions = [match.group(0) for match in _VECTOR.finditer(fields.get("space directions", ""))]
    outside = [
        axis
        for axis in range(len(sizes))
        if (axis < len(directions) and directions[axis] == "none")
        or (axis < len(kinds) and kinds[axis] not in ("domain", "space", "???", "none"))
    ]
    if len(sizes) > 3 and any(sizes[axis] > 1 for axis in outside):
        values = int(np.prod([sizes[axis] for axis in outside], dtype=object))
        raise InputError(
            "several-frames",
            f"{path.name}: holds {values} values a voxel (several volumes or colours); extract "
            "the one to be scored into its own file.",
        )
    return [axis for axis, size in enumerate(sizes) if axis not in outside or size != 1]


def _stored(fields: dict[str, str], path: Path, end: int) -> StoredVoxels:
    """Where the voxels begin, and how they are stored."""
    dtype, packing = _voxel_type(fields, path), _packing(fields, path)
    name = fields.get("data file", fields.get("datafile"))
    if int(fields.get("line skip", fields.get("lineskip", "0"))) != 0:
        raise InputError(
            "unsupported-format", f"{path.name}: NRRD with 'line skip' is not read; save it anew."
        )
    skip = int(fields.get("byte skip", fields.get("byteskip", "0")))
    if skip < 0:
        raise InputError(
            "unsupported-format",
            f"{path.name}: NRRD with 'byte skip' -1 is not read; save it anew.",
        )
    if name is None:
        return StoredVoxels(path, end + skip, packing, dtype)
    return StoredVoxels(file_beside(path, name), skip, packing, dtype)


def _affine(fields: dict[str, str], axes: list[int], path: Path) -> NDArray[np.float64]:
    """Voxel indices to RAS mm."""
    affine = np.eye(4)
    vectors = [
        [float(part) for part in match.group(1).split(",")]
        for match in _VECTOR.finditer(fields.get("space directions", ""))
        if match.group(1) is not None
    ]
    if vectors:
        affine[:3, :3] = np.array(vectors)[:3, :3].T
    elif "spacings" in fields:
        spacings = fields["spacings"].split()
        affine[:3, :3] = np.diag([float(spacings[axis]) for axis in axes[:3]])
    origin = _VECTOR.search(fields.get("space origin", ""))
    if origin is not None and origin.group(1) is not None:
        affine[:3, 3] = [float(part) for part in origin.group(1).split(",")[:3]]
    return np.diag([*_to_ras(fields, path), 1.0]) @ affine


def _to_ras(fields: dict[str, str], path: Path) -> tuple[int, int, int]:
    """Signs that turn the file's space into RAS."""
    space = fields.get("space", "lps")
    if space.lower() not in _SPACE_TO_RAS:
        raise InputError(
            "unsupported-format",
            f"{path.name}: NRRD in the space {space!r:.60} is not read; save it as "
            "left-posterior-superior, as 3D Slicer does.",
        )
    return _SPACE_TO_RAS[space.lower()]


def _warnings(fields: dict[str, str]) -> list[ScoreWarning]:
    """Warn of a header that does not say which way the axes run."""
    if "space" in fields and "space directions" in fields:
        return []
    return [no_orientation("NRRD", fields.get("space", "left-posterior-superior"))]
