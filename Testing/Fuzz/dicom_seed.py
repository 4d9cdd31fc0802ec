"""Small DICOM series, plain, compressed and enhanced, and what their elements may be changed to."""

from __future__ import annotations

import struct
import tempfile
from itertools import count
from pathlib import Path
from types import ModuleType

import numpy as np
from unit_test_files import of_tests

Files = dict[str, bytes]


def _element(group: int, element: int, representation: bytes, value: bytes) -> bytes:
    """An element as explicit little-endian files have it."""
    return struct.pack("<HH2sH", group, element, representation, len(value)) + value


_NESTED = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
    "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
)
WORDS = (
    _element(0x28, 8, b"IS", b"2147483646"),
    _element(0x28, 8, b"IS", b"1e9 "),
    _element(0x28, 0x10, b"US", b"\xff\xff"),
    _element(0x28, 0x11, b"US", b"\0\0"),
    _element(0x28, 0x100, b"US", b"\x01\0"),
    _element(0x28, 2, b"US", b"\x03\0"),
    _element(0x28, 0x30, b"DS", b"nan\\1e999 "),
    _element(0x20, 0x32, b"DS", b"1\\2\\3\\4\\5 "),
    _element(0x20, 0x37, b"DS", b"0\\0\\0\\0\\0\\0 "),
    _element(0x20, 0x13, b"IS", b"x"),
    _element(0x20, 0xD, b"UI", b"9.9\0"),
    _element(0x28, 0x1053, b"DS", b"1e308 "),
    _element(8, 5, b"CS", b"ISO 2022 IR 87\\\\x"),
    _element(8, 0x103E, b"LO", b"\x1b$B;3ED"),
    _element(2, 0x10, b"UI", b"1.2.840.10008.1.2.1.99"),
    _element(2, 0x10, b"UI", b"1.2.840.10008.1.2.2\0"),
    _element(2, 0x10, b"UI", b"1.2.840.10008.1.2.4.90"),
    struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, 0xFFFFFFFF),
    struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, 0xFFFFFFF0),
    _NESTED,
    _NESTED * 2000,
)


def _writer() -> ModuleType:
    """The tests' writer, giving the same files every time."""
    writer, numbers = of_tests("scan/dicom_files.py"), count(1)
    writer.__dict__["generate_uid"] = lambda: f"1.2.826.0.1.{next(numbers)}"
    return writer


def series(voxels: np.ndarray, spacing: tuple[float, float, float], packing: str = "") -> Files:
    """A series in files of one slice, compressed if `packing` says how."""
    writer = _writer()
    with tempfile.TemporaryDirectory() as folder:
        study = writer.write_series(Path(folder, "study"), voxels, spacing=spacing)
        if packing:
            writer.compress(study, packing)
        return {f"study/{file.name}": file.read_bytes() for file in sorted(study.iterdir())}


def enhanced(voxels: np.ndarray, spacing: tuple[float, float, float]) -> Files:
    """The same in one file."""
    writer = _writer()
    with tempfile.TemporaryDirectory() as folder:
        file = writer.write_enhanced(Path(folder, "scan.dcm"), voxels, spacing=spacing)
        return {file.name: file.read_bytes()}
