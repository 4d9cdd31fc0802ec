"""Which scans a model is trained on: whose they are and where from.

A manifest is a tab-separated table with a header: ``path``, ``subject``, ``site``, and optionally
``rating`` and ``mask``. A path is relative to the manifest or absolute, and leads to whatever
``motionqc score`` reads as one scan: a file, a DICOM folder or a zip of one. A subject's name is
unique within its site only, so a person is the pair of both.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError, some_of
from MotionQCLib.scan_table import Row
from MotionQCLib.scan_table.places import is_there, resolved

__all__ = ["Row", "for_every_scan", "read_manifest", "write_manifest"]

_REQUIRED = ("path", "subject", "site")
_Result = TypeVar("_Result")


def read_manifest(path: str | Path, *, require_files: bool = True) -> list[Row]:
    """Return the rows of a manifest, paths made absolute.

    Parameters
    ----------
    path : path
        The table.
    require_files : bool
        Whether a row whose file is missing is a fault.

    Raises
    ------
    InputError
        ``manifest``: the table cannot be read, lacks a column or is empty, or rows are at fault;
        the first of them are named.
    """
    path = Path(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, delimiter="\t")
            columns = set(reader.fieldnames or ())
            records = [(reader.line_num, record) for record in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("manifest", f"{path}: cannot be read as a manifest: {error}") from error
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        raise InputError(
            "manifest", f"{path}: no column {', '.join(missing)}; add it to the header"
        )
    rows, faults = [], []
    for line, record in records:
        row = _row(record, path.parent)
        rows.append(row)
        faults += [f"line {line}: {fault}" for fault in _faults(row, require_files)]
    if faults:
        raise InputError("manifest", f"{path}, {some_of(faults, joint='; ')}")
    if not rows:
        raise InputError("manifest", f"{path}: lists no scan; add at least one row")
    return rows


def write_manifest(rows: Iterable[Row], path: str | Path) -> None:
    """Write a manifest at once or not at all; paths below its folder become relative."""
    path = Path(path)
    names = [field.name for field in fields(Row)]
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        near = (_relative(row.path, path.parent), row.subject, row.site, row.rating)
        writer.writerow((*near, _relative(row.mask, path.parent)))
    write_atomically(path, stream.getvalue())


def for_every_scan(
    rows: Sequence[Row], work: Callable[[Row], _Result], report: Callable[[str], None]
) -> list[_Result]:
    """Return what some work gives for every row; a scan that is at fault stops no other.

    Parameters
    ----------
    rows : sequence of Row
        The scans.
    work : callable
        What to do with each.
    report : callable
        Told of every scan at fault when it is met.

    Raises
    ------
    InputError
        Scans were at fault: one error that names them all.
    """
    results, faults = [], []
    for row in rows:
        try:
            results.append(work(row))
        except InputError as error:
            faults.append(f"{row.person}: {error.message.rstrip('.')}")
            report(f"cannot be used: {faults[-1]}")
    if faults:
        raise InputError(
            "unreadable-scans",
            f"{len(faults)} of {len(rows)} scans cannot be used: {' | '.join(faults)} | "
            "mend them or take their rows out of the manifest",
        )
    return results


def _row(record: dict[str, str], folder: Path) -> Row:
    values = {f.name: (record.get(f.name) or "").strip() for f in fields(Row)}
    for name in ("path", "mask"):
        if values[name]:
            values[name] = str(resolved(folder / values[name]))
    return Row(**values)


def _faults(row: Row, require_files: bool) -> list[str]:
    if not all(getattr(row, name) for name in _REQUIRED):
        return ["path, subject and site must be given"]
    files = [file for file in (row.path, row.mask) if file] if require_files else []
    return [f"no file {file:.300}" for file in files if not is_there(Path(file))]


def _relative(path: str, folder: Path) -> str:
    try:
        return str(Path(path).relative_to(folder.resolve())) if path else ""
    except ValueError:
        return path
