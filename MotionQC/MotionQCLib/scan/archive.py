"""A zip of DICOM files, unpacked into a private folder that is always deleted."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from ..errors import InputError
from .signature import DICOM_HEAD_BYTES, is_dicom_head

MAX_ENTRIES = 20_000
MAX_BYTES = 4 * 2**30
_CHUNK = 1 << 20
_DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    NotImplementedError,
)
"""What zipfile raises on damaged files, and on packings that it does not know."""
with suppress(ImportError):  # some builds of Python lack it, and zipfile then does without
    import lzma

    _DAMAGE += (lzma.LZMAError,)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack the DICOM files of a zip for the length of a ``with`` block.

    Files get numbers for names: names inside the archive may carry a patient's, and a name that
    leads out of the folder never reaches the file system. Entries that are not DICOM are not
    unpacked.

    Raises
    ------
    InputError
        ``bad-zip``, ``unsafe-zip`` or ``too-large``.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            _unpack(path, Path(folder))
        except _DAMAGE as error:
            raise _bad_zip(path, "damaged, or packed in a way that is not read") from error
        except RuntimeError as error:
            if "encrypted" not in str(error):
                raise
            raise _bad_zip(path, "encrypted") from error
        yield Path(folder)


def _bad_zip(path: Path, state: str) -> InputError:
    """Build the error of a zip that cannot be unpacked."""
    return InputError("bad-zip", f"{path.name}: the zip is {state}; unpack it and give the folder.")


def _unpack(path: Path, folder: Path) -> None:
    """Write the DICOM files of a zip into a folder."""
    with zipfile.ZipFile(path) as archive:
        for number, entry in enumerate(_safe_entries(archive, path)):
            _extract_dicom(archive, entry, folder / f"{number:06d}.dcm")


def _safe_entries(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """The files of an archive, if names and sizes can be trusted."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            raise InputError(
                "unsafe-zip",
                f"{path.name}: an entry of the zip points outside it; do not trust this archive.",
            )
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or total > MAX_BYTES:
        raise InputError(
            "too-large",
            f"{path.name}: unpacks to {len(entries)} files and {total / 2**30:.1f} GiB, more than "
            "one examination; unpack it and give the folder of the series.",
        )
    return entries


def _extract_dicom(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Write an entry out if it is DICOM, never more bytes than it was declared to have."""
    with archive.open(entry) as stream:
        head = stream.read(DICOM_HEAD_BYTES)
        if not is_dicom_head(head):
            return
        with target.open("wb") as file:
            file.write(head)
            left = entry.file_size - len(head)
            while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
                file.write(chunk)
                left -= len(chunk)
