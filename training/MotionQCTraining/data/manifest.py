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
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError

_REQUIRED = ("path", "subject", "site")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Row:
    """One scan of a manifest."""

    path: str
    subject: str
    site: str
    rating: str = ""
    mask: str = ""

    @property
    def person(self) -> str:
        """The subject, unique over all sites."""
        return f"{self.site}/{self.subject}"


def read_manifest(path: str | Path) -> list[Row]:
    """Return the rows of a manifest, paths made absolute.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column, names a missing file or is empty.
    """
    path = Path(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, delimiter="\t")
            columns = set(reader.fieldnames or ())
            records = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("manifest", f"{path}: cannot be read as a manifest: {error}") from error
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        raise InputError(
            "manifest", f"{path}: no column {', '.join(missing)}; add it to the header"
        )
    rows = [_row(record, path, number) for number, record in enumerate(records, start=2)]
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


def _row(record: dict[str, str], manifest: Path, line: int) -> Row:
    values = {f.name: (record.get(f.name) or "").strip() for f in fields(Row)}
    if not all(values[name] for name in _REQUIRED):
        raise InputError(
            "manifest", f"{manifest}, line {line}: path, subject and site must be given"
        )
    for name in ("path", "mask"):
        if values[name]:
            values[name] = str((manifest.parent / values[name]).resolve())
            if not Path(values[name]).exists():
                raise InputError("manifest", f"{manifest}, line {line}: no file {values[name]}")
    return Row(**values)


def _relative(path: str, folder: Path) -> str:
    try:
        return str(Path(path).relative_to(folder.resolve())) if path else ""
    except ValueError:
        return path
