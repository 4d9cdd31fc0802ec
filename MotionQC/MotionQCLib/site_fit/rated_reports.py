"""Which reports of a folder the rows of a spreadsheet rate, and whose scans those are of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from MotionQCLib.archive.items import key_of
from MotionQCLib.errors import InputError
from MotionQCLib.models.json_section import finite
from MotionQCLib.scan_table import Row
from MotionQCLib.scan_table.naming import stem
from MotionQCLib.scan_table.spreadsheet import LONE_SITE
from MotionQCLib.site_fit.fit import ScoredScan

Document = Mapping[str, Any]

_REPORT_SUFFIX = "_motionqc"


def one_row_a_scan(rows: Iterable[tuple[str, Row]]) -> dict[str, Row]:
    """Return rows by what they are about; several rows of one scan must say the same rating.

    Raises
    ------
    InputError
        `ratings`: a scan is rated in two ways.
    """
    kept: dict[str, Row] = {}
    for scan, row in rows:
        earlier = kept.get(scan)
        if earlier is not None and earlier.rating and row.rating not in ("", earlier.rating):
            raise InputError(
                "ratings",
                f"{Path(row.path).name}: is rated {earlier.rating!r} and {row.rating!r}; keep one.",
            )
        if earlier is None or row.rating:
            kept[scan] = row
    return kept


def rated_reports(
    documents: Sequence[Document], rows: Sequence[Row]
) -> tuple[list[ScoredScan], list[Row]]:
    """Return every report as a scan, with the rating that a row gives it, and rows without report.

    A row is about the report that was made of its very file, else about the one that has its name,
    with or without suffix.

    Parameters
    ----------
    documents
        Reports as `archive.folder.read_reports` gives them.
    rows
        Of a spreadsheet; their files need not be there.

    Raises
    ------
    InputError
        `ratings`: a row may be about several reports, or a scan is rated in two ways;
        `report-damaged`: a report has no score.
    """
    index = _Index(documents)
    found = [(index.report_of(row), row) for row in rows]
    ratings = one_row_a_scan((report, row) for report, row in found if report is not None)
    scans = []
    for document in documents:
        row = ratings.get(document["report"])
        person = row.person if row is not None else _person_of(document)
        scans.append(ScoredScan(_score_of(document), person, row.rating if row is not None else ""))
    return scans, [row for report, row in found if report is None]


class _Index:
    """Reports by the key of their file, and by every name that they go by."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._by_key: dict[str, str] = {}
        self._by_name: dict[str, set[str]] = {}
        for document in documents:
            report, shown = str(document["report"]), str(document["input"])
            self._by_key[str(document["provenance"]["input"].get("key"))] = report
            for name in {report, report.removesuffix(_REPORT_SUFFIX), shown, stem(Path(shown))}:
                self._by_name.setdefault(name, set()).add(report)

    def report_of(self, row: Row) -> str | None:
        path = Path(row.path)
        if path.exists() and (report := self._by_key.get(key_of(path))):
            return report
        candidates = sorted(self._by_name.get(path.name, ()))
        if len(candidates) > 1:
            raise InputError(
                "ratings",
                f"{path.name}: several reports have that name ({', '.join(candidates[:3])}); name "
                "one of them, or give the scan's path.",
            )
        return candidates[0] if candidates else None


def _person_of(document: Document) -> str:
    """Whose scan a report is of that no row tells of: the BIDS subject, else its own name."""
    subject = document.get("bids_meta", {}).get("subject_id")
    name = f"sub-{subject}" if subject else str(document["report"])
    return f"{document.get('site') or LONE_SITE}/{name}"


def _score_of(document: Document) -> float:
    try:
        return finite(document.get("motion_score_mm"), "motion_score_mm")
    except ValueError as error:
        raise InputError(
            "report-damaged", f"{document['report']}.json: {error}; score that scan --again."
        ) from error
