"""What the names of files and folders tell of a scan: whose it is, and whether it is one."""

from __future__ import annotations

import re
from pathlib import Path

from MotionQCLib.errors import InputError
from MotionQCLib.scan.signature import SUFFIX_FORMAT, suffix_of
from MotionQCLib.scan_table.places import resolved

IMAGE_SUFFIXES = frozenset(suffix for suffix, kind in SUFFIX_FORMAT.items() if kind != "dicom")
"""Suffixes of files that hold one scan each; a zip is one of DICOM files."""

_BIDS_SUBJECT = re.compile(r"(?:^|[/\\_])(sub-[A-Za-z0-9]+)")
_BIDS_FOLDER = re.compile(r"sub-[A-Za-z0-9]+")
_MASK = re.compile(r"mask(?!ed)", re.IGNORECASE)  # what is masked is a scan
_LABELS = re.compile(
    r"(?:^|[_.+-])(?:aseg|dseg|labels?|seg|segmentation)(?:[_.+-]|$)", re.IGNORECASE
)


def is_image(file: Path) -> bool:
    """Whether a file's suffix is that of an image, or of a zip of DICOM files."""
    return suffix_of(file) in IMAGE_SUFFIXES


def is_mask(file: Path) -> bool:
    """Whether an image's name speaks of a mask."""
    return is_image(file) and _MASK.search(file.name) is not None


def is_scan(file: Path) -> bool:
    """Whether a file's name is that of a scan, neither of a mask nor of labels."""
    return is_image(file) and not _MASK.search(file.name) and not _LABELS.search(stem(file))


def stem(scan: Path) -> str:
    """Return a scan's name without the suffix of an image."""
    suffix = suffix_of(scan)
    return scan.name[: -len(suffix)] if suffix in SUFFIX_FORMAT else scan.name


def subject_of(scan: Path, base: Path, pattern: str | None = None) -> str:
    """Return whose a scan seems to be, by its path below a folder.

    Parameters
    ----------
    scan, base : Path
        The scan, and the folder that was given. Of a scan elsewhere only the name counts.
    pattern : str, optional
        Regular expression whose first group, or all of which, is the subject. Without it, it is
        ``sub-*`` in the path, else the first folder of the path, else the scan's own name: scans
        that lie together stay together.

    Raises
    ------
    InputError
        ``manifest``: the pattern is no regular expression, or finds nothing.
    """
    relative = _below(scan, base)
    if pattern is not None:
        return _found(pattern, relative)
    bids = _BIDS_SUBJECT.search(relative.as_posix())
    if bids:
        return bids.group(1)
    return relative.parts[0] if len(relative.parts) > 1 else stem(scan)


def dataset_of(scan: Path) -> str:
    """Return the name of the BIDS dataset in whose folder ``sub-*`` a scan lies, empty if in none.

    Subjects of two datasets may have the same name.
    """
    for folder in scan.parents:
        if _BIDS_FOLDER.fullmatch(folder.name):
            return folder.parent.name
    return ""


def _found(pattern: str, relative: Path) -> str:
    try:
        found = re.search(pattern, relative.as_posix())
    except re.error as error:
        raise InputError("manifest", f"subject pattern {pattern}: {error}; mend it") from error
    if not found or not (found.group(1) if found.re.groups else found.group()):
        raise InputError(
            "manifest", f"{relative}: the subject pattern {pattern} finds nothing in it; mend it"
        )
    return found.group(1) if found.re.groups else found.group()


def _below(scan: Path, base: Path) -> Path:
    try:
        return resolved(scan).relative_to(base.resolve())
    except ValueError:
        return Path(scan.name)
