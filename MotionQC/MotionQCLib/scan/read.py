"""A path to a :class:`Scan`, whatever the format.

Every fault of the input ends in one :class:`InputError` whose message is one line that names
the file, what is wrong and what to do. Messages hold base names only, never a patient's name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import InputError
from .scan import Scan
from .signature import SUFFIX_FORMAT, has_dicom_magic, identify, suffix_of

_SKIPPED_FOLDERS = {"derivatives", "sourcedata", "code"}
_BIDS_NAMES = ("*_T1w.nii", "*_T1w.nii.gz")
_OF_MANY_FILES = ("dicom", "zip")


def read_scan(path: str | Path, *, series: str | None = None) -> Scan:
    """Read one scan.

    Parameters
    ----------
    path : path
        NIfTI (``.nii``, ``.nii.gz``), MGH/MGZ, NRRD, MHA/MHD, a DICOM folder or a zip of one.
    series : str, optional
        Which DICOM series: its number, or the end (8 characters or more) of its instance UID.
        Without it the one T1-weighted candidate is taken. Only for DICOM.

    Returns
    -------
    Scan
        Voxels as stored, affine in RAS millimetres.

    Raises
    ------
    InputError
        The input is at fault; ``code`` says how, the message is one line.
    """
    path = Path(path)
    try:
        return _read(path, series)
    except OSError as error:
        raise InputError(
            "not-readable",
            f"{path.name}: cannot be read ({error.strerror or 'input/output error'}); "
            "check the path and its permissions.",
        ) from error


def _read(path: Path, series: str | None) -> Scan:
    """Choose the reader by folder, name and content."""
    if not path.exists():
        raise InputError("not-found", f"{path.name}: no such file or folder; check the path.")
    if path.is_dir():
        return _read_folder(path, series)
    if not path.is_file():
        # A pipe would let its reader wait for ever.
        raise InputError("not-readable", f"{path.name}: is no file; give the scan's own file.")
    kind = identify(path)
    if kind in ("zip", "dicom"):
        return _dicom_reader()(path, series)
    if series is not None:
        raise InputError(
            "unknown-series",
            f"{path.name}: a series can only be chosen from DICOM; leave the series out.",
        )
    return _file_reader(kind)(path)


def _read_folder(folder: Path, series: str | None) -> Scan:
    """Read a folder that is no BIDS folder, since :func:`expand_inputs` found no scan in it."""
    if folder.name in ("", ".."):  # the working folder or one above, by no name of its own
        folder = folder.resolve()
    try:
        return _dicom_reader()(folder, series)
    except InputError as error:
        if error.code != "no-dicom":
            raise
        raise InputError(
            error.code,
            f"{folder.name}: holds no scan, neither DICOM images nor files of a format "
            "that is read; give the scan's own file, or the folder that holds it.",
        ) from error


def _dicom_reader() -> Callable[[Path, str | None], Scan]:
    """The DICOM reader, imported when it is needed."""
    from .dicom import read_dicom

    return read_dicom


def _file_reader(kind: str) -> Callable[[Path], Scan]:
    """The reader of a one-file format, imported when it is needed."""
    if kind == "nifti":
        from .nifti import read_nifti

        return read_nifti
    if kind == "mgh":
        from .mgh import read_mgh

        return read_mgh
    if kind == "nrrd":
        from .nrrd import read_nrrd

        return read_nrrd
    from .metaimage import read_metaimage

    return read_metaimage


def expand_inputs(path: str | Path) -> list[Path]:
    """List the scans that one argument stands for.

    Parameters
    ----------
    path : path
        A file, a DICOM folder or zip: stands for itself. A BIDS folder (of a data set, a subject
        or a session): stands for its ``*_T1w.nii[.gz]`` files, derivatives left out. A folder
        without such names: stands for its NIfTI, MGH, NRRD and MetaImage files, unless there are
        DICOM images in it.

    Returns
    -------
    list of Path
        Sorted; never empty. That a path exists is for :func:`read_scan` to say.
    """
    path = Path(path)
    if not is_folder(path):
        return [path]
    found = sorted(
        file
        for pattern in _BIDS_NAMES
        for file in path.rglob(pattern)
        if not _is_skipped(file.relative_to(path))
    )
    return found or _plain_scans(path) or [path]


def _plain_scans(folder: Path) -> list[Path]:
    """The image files of a folder; none where it holds DICOM, whatever was converted beside it."""
    images: list[Path] = []
    others: list[Path] = []
    for file in sorted(folder.rglob("*")):
        if _is_skipped(file.relative_to(folder)) or not file.is_file():
            continue
        # Images of a DICOM series often have no suffix, or one of their own.
        kind = SUFFIX_FORMAT.get(suffix_of(file), "dicom")
        (others if kind in _OF_MANY_FILES else images).append(file)
    return [] if images and any(map(_is_dicom, others)) else images


def _is_dicom(file: Path) -> bool:
    try:
        return has_dicom_magic(file)
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder; what cannot be a path leads nowhere."""
    try:
        return path.is_dir()
    except (OSError, ValueError):  # too long a name, or a null character
        return False


def _is_skipped(relative: Path) -> bool:
    """Whether a file lies in a folder that BIDS keeps for something other than raw scans."""
    return any(
        part in _SKIPPED_FOLDERS or part.startswith(".") for part in relative.parts[:-1]
    ) or relative.name.startswith(".")
