"""What a file is, by its first bytes rather than by its name."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from ..errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
DICOM_HEAD_BYTES = 132
_HEAD_BYTES = 352

SUFFIX_FORMAT = {
    ".nii": "nifti",
    ".nii.gz": "nifti",
    ".mgh": "mgh",
    ".mgz": "mgh",
    ".nrrd": "nrrd",
    ".nhdr": "nrrd",
    ".mha": "metaimage",
    ".mhd": "metaimage",
    ".zip": "zip",
    ".dcm": "dicom",
    ".ima": "dicom",
}
_GZIPPED_SUFFIXES = (".nii.gz", ".mgz")
_SUPPORTED = "NIfTI (.nii, .nii.gz), MGH/MGZ, NRRD, MHA/MHD, a DICOM folder or a zip of one"


def suffix_of(path: Path) -> str:
    """Lower-case suffix, with ``.nii.gz`` taken as one."""
    name = path.name.lower()
    return ".nii.gz" if name.endswith(".nii.gz") else path.suffix.lower()


def read_head(path: Path) -> tuple[bytes, bool]:
    """Read the first bytes of a file, unpacked if it is gzipped, and say whether it was."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.startswith(GZIP_MAGIC):
        return head, False
    try:
        with gzip.open(path, "rb") as unpacked:
            return unpacked.read(_HEAD_BYTES), True
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            "truncated",
            f"{path.name}: the gzip stream is damaged or cut off; copy or export the file again.",
        ) from error


def format_of_bytes(head: bytes) -> str | None:
    """Name the format that the (unpacked) first bytes belong to, or None."""
    if head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] in (b"n+2\0", b"ni2\0"):
        return "nifti"
    if head[:4] == b"\x00\x00\x00\x01" and len(head) >= 284:
        return "mgh"
    if head[:7] == b"NRRD000":
        return "nrrd"
    if is_dicom_head(head):
        return "dicom"
    if head[:4] == b"PK\x03\x04":
        return "zip"
    if re.match(rb"\s*(ObjectType|NDims|Comment)\s*=", head):
        return "metaimage"
    return None


def is_dicom_head(head: bytes) -> bool:
    """Whether a file that begins so, with ``DICOM_HEAD_BYTES`` or more, is DICOM."""
    return head[DICOM_HEAD_BYTES - 4 : DICOM_HEAD_BYTES] == b"DICM"


def has_dicom_magic(file: Path) -> bool:
    """Whether the bytes of a file, whatever its name, say DICOM."""
    with file.open("rb") as stream:
        return is_dicom_head(stream.read(DICOM_HEAD_BYTES))


def identify(path: Path) -> str:
    """Format of a file whose name and bytes agree.

    Raises
    ------
    InputError
        ``unsupported-format``, ``empty``, ``truncated`` or ``mislabelled``.
    """
    suffix = suffix_of(path)
    named = SUFFIX_FORMAT.get(suffix)
    head, gzipped = read_head(path)
    if not head:
        raise InputError("empty", f"{path.name}: the file is empty; copy or export it again.")
    found = format_of_bytes(head)
    if named is None and found in ("dicom", "zip"):
        return found
    if named is None:
        raise InputError(
            "unsupported-format",
            f"{path.name}: not a scan format that MotionQC reads; give {_SUPPORTED}.",
        )
    if found != named:
        _raise_mislabelled(path, named, found, gzipped)
    _require_matching_gzip(path, suffix, named, gzipped)
    return named


def _raise_mislabelled(path: Path, named: str, found: str | None, gzipped: bool) -> None:
    """Say that the bytes are not what the name promises."""
    content = found or "something else"
    packed = " (gzipped)" if gzipped else ""
    remedy = "rename it" if found else "export the scan again"
    raise InputError(
        "mislabelled",
        f"{path.name}: named as {named} but its content{packed} is {content}; {remedy}.",
    )


def _require_matching_gzip(path: Path, suffix: str, named: str, gzipped: bool) -> None:
    """A file is gzipped exactly when its name says so."""
    if gzipped == (suffix in _GZIPPED_SUFFIXES):
        return
    state = "gzipped" if gzipped else "not gzipped"
    right = {"nifti": (".nii", ".nii.gz"), "mgh": (".mgh", ".mgz")}.get(named, (suffix, suffix))
    raise InputError(
        "mislabelled",
        f"{path.name}: the file is {state}, against its name; rename it to end in "
        f"{right[int(gzipped)]}.",
    )
