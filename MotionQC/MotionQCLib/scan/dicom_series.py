"""Which series a DICOM folder holds, and which of them are meant.

Messages name a series by number, description and count, never by patient.
"""

from __future__ import annotations

import os
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from .dicom_file import HEADER_FAULTS, DeflatedError, read_file
from .signature import has_dicom_magic
from .slices import TAGS

MAX_FILES = 50_000
_MIN_SLICES = 16
_UID_END = 8
_T1_NAME = re.compile(
    r"t1|mp-?2?rage|\btfl\b|bravo|f?spgr|3d[ _-]?tfe|\btfe\b|\bmdeft\b|vibe", re.IGNORECASE
)
_NOT_T1_NAME = re.compile(r"locali[sz]er|scout|survey|t1[ _-]?map|t1rho", re.IGNORECASE)
GEOMETRY = ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient")
_TAGS = [
    "SOPClassUID",
    "ImageType",
    "Modality",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "ProtocolName",
    "SequenceName",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "InstanceNumber",
    "ImagesInAcquisition",
    *GEOMETRY,
    *TAGS,
]


@dataclass(frozen=True)
class Series:
    """The images of one DICOM series.

    Parameters
    ----------
    uid : str
        Series instance UID.
    number : str
        Series number, ``"?"`` if it has none.
    description : str
        Series description or protocol name, printable characters only.
    files : tuple of Path
        Files of the images.
    headers : tuple of pydicom.Dataset
        Their headers, in the same order.
    """

    uid: str
    number: str
    description: str
    files: tuple[Path, ...]
    headers: tuple[Any, ...]

    @property
    def folders(self) -> set[Path]:
        """Where its files lie."""
        return {file.parent for file in self.files}

    @property
    def label(self) -> str:
        """How messages name the series."""
        return f"{self.number}: {self.description} ({len(self.files)} images)"

    @property
    def looks_t1(self) -> bool:
        """Whether it is a stack of MR slices whose name speaks of T1 weighting."""
        return (
            self.is_stack
            and _T1_NAME.search(self.description) is not None
            and _NOT_T1_NAME.search(self.description) is None
        )

    @property
    def is_stack(self) -> bool:
        """Whether it may be a volume: enough MR slices, or one image of many frames."""
        many = any(int(header.get("NumberOfFrames") or 1) > 1 for header in self.headers)
        mr = self.headers[0].get("Modality", "MR") == "MR"
        return mr and (many or len(self.files) >= _MIN_SLICES)


def dicom_files(folder: Path, source: str) -> list[Path]:
    """All DICOM files below a folder, by their magic bytes."""
    found = []
    for count, file in enumerate(folder.rglob("*")):
        if count > MAX_FILES:
            raise InputError(
                "too-large",
                f"{source}: holds more than {MAX_FILES} files; give the folder of one examination.",
            )
        if file.is_file() and has_dicom_magic(file):
            found.append(file)
    return sorted(found)


def list_series(files: Iterable[Path]) -> list[Series]:
    """Group images by series, in order of their numbers; files without an image are left out.

    Raises
    ------
    DeflatedError
        There are deflated files, which are not read, and no others with an image.
    """
    groups: dict[str, list[tuple[Path, Any]]] = defaultdict(list)
    deflated: DeflatedError | None = None
    for file in files:
        try:
            header = read_file(file, _TAGS)
        except DeflatedError as error:
            deflated = error
            continue
        except HEADER_FAULTS:
            continue
        if header.get("Rows") and header.get("SeriesInstanceUID"):
            groups[str(header.SeriesInstanceUID)].append((file, header))
    if deflated is not None and not groups:
        raise deflated
    series = [_make_series(uid, members) for uid, members in groups.items()]
    return sorted(series, key=lambda one: (_as_int(one.number), one.uid))


def _make_series(uid: str, members: Sequence[tuple[Path, Any]]) -> Series:
    """Name a group of images."""
    header = members[0][1]
    text = header.get("SeriesDescription") or header.get("ProtocolName") or "no description"
    printable = "".join(c if c.isprintable() else " " for c in str(text))[:60].strip()
    number = header.get("SeriesNumber")
    files, headers = zip(*members, strict=True)
    return Series(uid, "?" if number is None else str(number), printable, files, headers)


def _as_int(number: str) -> int:
    """Sort key of a series number."""
    return int(number) if number.lstrip("-").isdigit() else 1 << 30


def choose(found: Sequence[Series], wanted: str | None, source: str) -> Series:
    """The series that was asked for, or the only one that can be meant."""
    if not found:
        raise InputError(
            "no-dicom",
            f"{source}: holds no DICOM images; give a DICOM folder or zip, or the scan's own file.",
        )
    matching = _meant(found, wanted) or ([] if wanted is not None else found)
    if len(matching) == 1:
        return matching[0]
    if wanted is not None:
        code, reason = "unknown-series", f"no single series {wanted!r}"
    else:
        code, reason = "several-series", "which series is meant is not clear"
    names = _unique_labels(matching or found)
    raise InputError(code, f"{source}: {reason}; choose one by its number: {names}.")


class SeriesPlace(NamedTuple):
    """Where a series is read from.

    Parameters
    ----------
    folder : Path
        Folder.
    series : str or None
        By what :func:`.read_scan` knows it there; None where it need not be chosen.
    """

    folder: Path
    series: str | None = None


def list_scans(folder: Path, wanted: str | None = None) -> list[SeriesPlace]:
    """List the series that a DICOM folder stands for, of one examination or of many.

    Of each study those are meant that are named like a T1-weighted scan, or else all its stacks of
    slices; ``wanted`` chooses as in :func:`.read_scan`. A series is read from its own sub-folder
    where nothing else is meant there.

    Returns
    -------
    list of SeriesPlace
        By sub-folder, then by number. The folder alone where fewer than two are meant, or nothing
        can be read: :func:`.read_scan` then says the rest.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = list_series(dicom_files(folder, folder.name))
            meant = [one for study in _studies(found) for one in _meant(study, wanted)]
    except (InputError, DeflatedError, OSError, *HEADER_FAULTS):
        return [SeriesPlace(folder)]
    if len(meant) < 2:
        return [SeriesPlace(folder)]
    return [_place(one, folder, found, wanted) for one in sorted(meant, key=_home)]


def _studies(found: Sequence[Series]) -> Iterable[list[Series]]:
    """The series of each study; those that name none are taken for one."""
    studies: dict[str, list[Series]] = defaultdict(list)
    for one in found:
        studies[str(one.headers[0].get("StudyInstanceUID"))].append(one)
    return studies.values()


def _meant(found: Sequence[Series], wanted: str | None) -> list[Series]:
    """The series that were asked for, or all that can be meant."""
    if wanted is None:
        stacks = [one for one in found if one.is_stack]
        return [one for one in stacks if one.looks_t1] or stacks
    numbered = [one for one in found if one.number == wanted]
    if numbered or len(wanted) < _UID_END:
        return numbered
    return [one for one in found if one.uid.endswith(wanted)]


def _place(one: Series, folder: Path, found: Sequence[Series], wanted: str | None) -> SeriesPlace:
    """The series' own folder if it is the one that is meant there, else which one of the folder."""
    home = _home(one)
    beside = [other for other in found if any(_is_in(home, own) for own in other.folders)]
    if home != folder and _meant(beside, wanted) == [one]:
        return SeriesPlace(home)
    numbers = [other.number for other in found]
    ends = [other.uid[-_UID_END:] for other in found]
    if one.number != "?" and numbers.count(one.number) == 1:
        return SeriesPlace(folder, one.number)
    end = one.uid[-_UID_END:]
    return SeriesPlace(folder, end if ends.count(end) == 1 else one.uid)


def _home(series: Series) -> Path:
    """The innermost folder that holds all images of a series."""
    return Path(os.path.commonpath(series.folders))


def _is_in(home: Path, folder: Path) -> bool:
    return home == folder or home in folder.parents


def _unique_labels(series: Sequence[Series]) -> str:
    """Labels in one line; the end of the UID tells series with the same number apart."""
    numbers = [one.number for one in series]
    return "; ".join(
        one.label
        if numbers.count(one.number) == 1
        else f"{one.label} [UID ...{one.uid[-_UID_END:]}]"
        for one in series
    )
