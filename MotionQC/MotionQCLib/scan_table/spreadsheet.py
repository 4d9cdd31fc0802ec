"""Scans that a spreadsheet lists, its columns called as people call them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from MotionQCLib.errors import InputError
from MotionQCLib.scan.signature import suffix_of
from MotionQCLib.scan_table.naming import dataset_of, is_image, stem, subject_of
from MotionQCLib.scan_table.places import is_there, resolved
from MotionQCLib.scan_table.row import Row

TEXT_TABLES = frozenset({".csv", ".tsv", ".txt"})
OFFICE_TABLES = frozenset({".xlsx", ".xls", ".ods", ".numbers"})
COLUMN_NAMES: Mapping[str, tuple[str, ...]] = {
    "path": (
        "path", "file", "filename", "file name", "file path", "filepath", "image", "image path",
        "scan", "t1", "t1w", "nifti", "bids name",
    ),
    "subject": (
        "subject", "subject id", "participant id", "participant", "sub", "patient", "patient id",
    ),
    "site": ("site", "site id", "center", "centre", "scanner", "dataset", "cohort"),
    "rating": ("rating", "my rating", "score", "qc", "qc rating", "quality", "class", "label"),
    "mask": ("mask", "brain mask", "brainmask", "mask path", "mask file"),
}  # fmt: skip
"""What spreadsheets call the fields of a row, in lower case, with blanks for ``_ - .``"""

LONE_SITE = "local"
_ABSENT = {"", "n/a", "na", "nan", "none"}
_NO_RATING = _ABSENT - {"none"}  # which is a rating: of motion there was none


def spreadsheet_rows(
    table: str | Path, *, site: str | None = None, subject: str | None = None
) -> list[Row]:
    """Return the rows of a spreadsheet, its columns known by the names of ``COLUMN_NAMES``.

    Only the path must be there: absolute, relative to the spreadsheet, or a file's name, with
    or without its suffix, that one file below the spreadsheet's folder has. A subject that is not
    given is read off the path as in a folder; a site that is not given is the BIDS dataset in
    which the scan lies, else ``local``. Columns may be separated by tabs, semicolons or commas.
    That files exist is not checked.

    Raises
    ------
    InputError
        ``manifest``: it cannot be read, has no such column, or lacks paths.
    """
    table = Path(table)
    columns, records = _numbered_records(table)
    known = known_columns(columns)
    if "path" not in known:
        raise InputError(
            "manifest",
            f"{table}: no column says where the scans are; found {_listed(columns)}; "
            "name one of them path, and others subject, site, rating and mask",
        )
    values = {line: _values(record, known) for line, record in records.items()}
    empty = [str(line) for line, value in values.items() if not value["path"]]
    if empty or not values:
        where = f"line {', '.join(empty[:5])}: no path" if empty else "no row"
        raise InputError("manifest", f"{table}: {where}; give every scan its path")
    names = _names_below(table.parent, (value["path"] for value in values.values()))
    rows = []
    for value in values.values():
        scan = _resolved(value["path"], table.parent, names)
        own = None if subject else value.get("subject")
        mask = value.get("mask")
        rows.append(
            Row(
                path=str(scan),
                subject=own or subject_of(scan, table.parent, subject),
                site=site or value.get("site") or dataset_of(scan) or LONE_SITE,
                rating=value.get("rating", ""),
                mask=str(_resolved(mask, table.parent, names)) if mask else "",
            )
        )
    return rows


def _values(record: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Text of the cells that are known, by the name of the field."""
    return {
        field: given(record.get(column), _NO_RATING if field == "rating" else _ABSENT)
        for field, column in known.items()
    }


def _listed(columns: Sequence[str]) -> str:
    """Names of columns for a message, which shall stay short."""
    return f"{', '.join(columns[:20]):.300}" or "none"


def read_table(table: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return column names and rows of a text table, be it tabs, semicolons or commas.

    Raises
    ------
    InputError
        ``manifest``: it is an office table, or cannot be read.
    """
    columns, records = _numbered_records(table)
    return columns, [*records.values()]


def _numbered_records(table: Path) -> tuple[list[str], dict[int, dict[str, str]]]:
    """Column names of a text table, and its rows by the line on which each ends."""
    if suffix_of(table) in OFFICE_TABLES:
        raise InputError(
            "manifest", f"{table}: office tables are not read; save it as CSV (UTF-8) and give that"
        )
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "manifest", f"{table}: cannot be read: {error}; save it as CSV in UTF-8"
        ) from error
    if "\0" in text:
        raise InputError("manifest", f"{table}: is no text table; save it as CSV in UTF-8")
    head = text.partition("\n")[0]
    delimiter = max("\t;,", key=head.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    try:
        records = [(reader.line_num, record) for record in reader]
    except csv.Error as error:
        raise InputError(
            "manifest", f"{table}: line {reader.line_num}: {error}; save it as CSV again"
        ) from error
    return [name for name in reader.fieldnames or () if name], dict(records)


def known_columns(columns: Iterable[str]) -> dict[str, str]:
    """Return the table's name of every field of a row that it has."""
    plain = {re.sub(r"[\s_.-]+", " ", column).strip().lower(): column for column in columns}
    return {
        field: next(plain[name] for name in names if name in plain)
        for field, names in COLUMN_NAMES.items()
        if any(name in plain for name in names)
    }


def given(value: str | None, absent: Collection[str] = _ABSENT) -> str:
    """Return a cell's text, empty where it says in words that nothing is known."""
    value = (value or "").strip()
    return "" if value.lower() in absent else value


def _names_below(folder: Path, paths: Iterable[str]) -> dict[str, list[Path]]:
    """Files below a folder by name and by name without suffix, if some path is no file as it is."""
    if all(is_there(folder / path) for path in paths):
        return {}
    found: dict[str, list[Path]] = {}
    for file in sorted(folder.rglob("*")):
        if is_image(file):
            for name in {file.name, stem(file)}:
                found.setdefault(name, []).append(file)
    return found


def _resolved(path: str, folder: Path, names: Mapping[str, list[Path]]) -> Path:
    """Where a spreadsheet's path leads; a name that several files have leads to none."""
    plain = folder / path
    if not is_there(plain) and len(names.get(path, ())) == 1:
        return resolved(names[path][0])
    return resolved(plain)
