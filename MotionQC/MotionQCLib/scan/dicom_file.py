"""One DICOM file as pydicom reads it, with what damaged ones make it raise."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pydicom
from pydicom.filereader import read_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian

HEADER_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    pydicom.errors.BytesLengthException,
    pydicom.errors.InvalidDicomError,
)
"""What pydicom, and conversions of its values, raise on damaged headers."""


class DeflatedError(Exception):
    """All of a file is packed, and pydicom would unpack it whatever its size."""


def read_file(file: Path, tags: Sequence[str] | None = None) -> Any:
    """The elements of those names; without names the whole file, voxels included.

    Raises
    ------
    DeflatedError
        It is deflated; it has not been unpacked.
    Exception
        One of ``HEADER_FAULTS``.
    """
    syntax = read_file_meta_info(file).get("TransferSyntaxUID")
    if syntax == DeflatedExplicitVRLittleEndian:
        raise DeflatedError
    if tags is None:
        return pydicom.dcmread(file)
    return pydicom.dcmread(file, stop_before_pixels=True, specific_tags=list(tags))
