"""Rows of a manifest from where scans lie: BIDS folders, plain folders, one scan, spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from MotionQCLib.errors import InputError
from MotionQCLib.scan import expand_inputs
from MotionQCLib.scan.signature import has_dicom_magic, suffix_of
from MotionQCLib.scan_table.naming import is_image, is_mask, is_scan, stem, subject_of
from MotionQCLib.scan_table.places import resolved
from MotionQCLib.scan_table.spreadsheet import (
    LONE_SITE,
    OFFICE_TABLES,
    TEXT_TABLES,
    given,
    known_columns,
    read_table,
    spreadsheet_rows,
)
from MotionQCTraining.data.manifest import Row

_LOOKED_INTO = 50


def list_rows(
    source: str | Path, *, site: str | None = None, subject: str | None = None
) -> list[Row]:
    """Return a row for every scan that one argument of ``motionqc manifest`` stands for.

    Parameters
    ----------
    source : path
        A BIDS folder, a folder of BIDS folders, any other folder of scans, one scan, or a
        spreadsheet (CSV or TSV).
    site : str, optional
        The site of all these scans, instead of what is read off names and columns.
    subject : str, optional
        Regular expression that finds the subject in a scan's path, relative to the source: its
        first group, or all of it. For names of which a part only tells the person.

    Raises
    ------
    InputError
        ``manifest``: there is nothing to list, or a column or subject is missing.
    """
    source = Path(source)
    if not source.exists():
        raise InputError("manifest", f"{source}: no such file or folder; check the path")
    if source.is_file() and suffix_of(source) in TEXT_TABLES | OFFICE_TABLES:
        return spreadsheet_rows(source, site=site, subject=subject)
    if source.is_dir() and _bids_images(source):
        return bids_rows(source, site=site, subject=subject)
    return folder_rows(source, site=site, subject=subject)


def bids_rows(
    folder: str | Path, *, site: str | None = None, subject: str | None = None
) -> list[Row]:
    """Return a row for every T1w image of a BIDS folder, or of a folder of BIDS folders.

    The site is the dataset's folder, and where its ``participants.tsv`` has a column ``site``,
    that too; a ``desc-brain_mask`` beside the image becomes its mask. Derivatives are left out.
    """
    folder = Path(folder)
    images = _bids_images(folder)
    if not images:
        raise InputError("manifest", f"{folder}: holds no sub-*_T1w.nii.gz; give a BIDS folder")
    rows = []
    sites: dict[Path, dict[str, str]] = {}
    for image in images:
        person = image.name.split("_")[0]
        parents = [parent for parent in image.parents if (parent / person).is_dir()]
        dataset = (parents[0] if parents else folder).resolve()
        if dataset not in sites:
            sites[dataset] = _participant_sites(dataset)
        mask = image.with_name(re.sub(r"_T1w\.", "_desc-brain_mask.", image.name))
        rows.append(
            Row(
                path=str(resolved(image)),
                subject=subject_of(image, folder, subject) if subject else person,
                site=site or "-".join(filter(None, [dataset.name, sites[dataset].get(person)])),
                mask=str(resolved(mask)) if mask.exists() else "",
            )
        )
    return rows


def folder_rows(
    folder: str | Path, *, site: str | None = None, subject: str | None = None
) -> list[Row]:
    """Return a row for every scan of a folder without BIDS names, or for one scan.

    Image files and zips are scans; so is a folder directly below that holds DICOM files at any
    depth and no image files. Names that speak of masks or labels are no scans; a mask named
    like its scan becomes that scan's. The subject is ``sub-*`` in the path, else the folder below
    in which the scan lies, else the scan's own name; the site is the folder's name.
    """
    folder = Path(folder)
    base = folder if folder.is_dir() and not _is_dicom_folder(folder) else folder.parent
    scans = sorted(_scans(folder, folder))
    if not scans:
        raise InputError(
            "manifest",
            f"{folder}: holds no scan that MotionQC reads; give a folder of NIfTI, MGH, NRRD or "
            "MetaImage files, DICOM folders or zips",
        )
    masks = _masks(scans)
    return [
        Row(
            path=str(resolved(scan)),
            subject=subject_of(scan, base, subject),
            site=site or base.resolve().name or LONE_SITE,
            mask=str(resolved(masks[scan])) if scan in masks else "",
        )
        for scan in scans
    ]


def _bids_images(folder: Path) -> list[Path]:
    return [file for file in expand_inputs(folder) if file.match("sub-*_T1w.nii*")]


def _participant_sites(dataset: Path) -> dict[str, str]:
    """The sites that a dataset of several sites gives for its participants."""
    try:
        columns, records = read_table(dataset / "participants.tsv")
    except InputError:
        return {}
    known = known_columns(columns)
    if "site" not in known or "subject" not in known:
        return {}
    return {record[known["subject"]]: given(record.get(known["site"])) for record in records}


def _scans(folder: Path, top: Path) -> Iterator[Path]:
    """Scans below a folder, or the scan that it is."""
    if folder.is_file() or _is_dicom_folder(folder, deep=folder.parent == top):
        yield folder
        return
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _scans(entry, top)
        elif is_scan(entry):
            yield entry


def _is_dicom_folder(folder: Path, *, deep: bool = False) -> bool:
    """Whether a folder holds DICOM files, in sub-folders too where asked, and no image file."""
    if not folder.is_dir():
        return False
    entries = sorted(folder.rglob("*") if deep else folder.iterdir())
    files = [entry for entry in entries if entry.is_file() and not entry.name.startswith(".")]
    if any(is_image(file) for file in files):
        return False
    return any(_is_dicom(file) for file in files[:_LOOKED_INTO])


def _is_dicom(file: Path) -> bool:
    try:
        return has_dicom_magic(file)
    except OSError:
        return False


def _masks(scans: Iterable[Path]) -> dict[Path, Path]:
    """Masks beside scans: each belongs to the scan whose name its own begins with."""
    stems = {(scan.parent, stem(scan)): scan for scan in scans}
    found: dict[Path, Path] = {}
    for folder in sorted({folder for folder, _ in stems}):
        for mask in sorted(folder.iterdir()):
            if not is_mask(mask):
                continue
            owners = [
                s for f, s in stems if f == folder and re.match(rf"{re.escape(s)}[_. -]", mask.name)
            ]
            if owners:
                found.setdefault(stems[folder, max(owners, key=len)], mask)
    return found
