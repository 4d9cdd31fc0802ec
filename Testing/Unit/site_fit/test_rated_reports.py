"""Rows of a spreadsheet find their reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from MotionQCLib.archive.items import key_of
from MotionQCLib.errors import InputError
from MotionQCLib.scan_table import Row
from MotionQCLib.site_fit import ScoredScan
from MotionQCLib.site_fit.rated_reports import one_row_a_scan, rated_reports


def report(name: str, mm: object = 1.0, key: str = "", **more: Any) -> dict[str, Any]:
    return {
        "report": f"{name}_motionqc",
        "input": f"{name}.nii.gz",
        "motion_score_mm": mm,
        "provenance": {"input": {"key": key or None}},
        **more,
    }


def row(path: str | Path, rating: str = "good", subject: str = "s") -> Row:
    return Row(str(path), subject, "local", rating)


@pytest.mark.parametrize(
    "name", ["/x/a_T1w.nii.gz", "/x/a_T1w", "a_T1w_motionqc", "/elsewhere/a_T1w.nii.gz"]
)
def test_a_report_is_found_by_every_name_that_it_goes_by(name: str) -> None:
    scans, absent = rated_reports([report("a_T1w"), report("b_T1w", 2.0)], [row(name)])
    assert scans == [ScoredScan(1.0, "local/s", "good"), ScoredScan(2.0, "local/b_T1w_motionqc")]
    assert absent == []


def test_namesakes_are_told_apart_by_their_files(tmp_path: Path) -> None:
    paths = [tmp_path / name / "T1.nii" for name in ("one", "two")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(path.parent.name)
    reports = [
        report(f"T1-{n}", float(n), key_of(path)) | {"input": "T1.nii"}
        for n, path in enumerate(paths)
    ]
    rows = [row(paths[1], "bad", "two"), row(paths[0], "good", "one")]
    scans, _ = rated_reports(reports, rows)
    assert [(scan.score_mm, scan.rating) for scan in scans] == [(0.0, "good"), (1.0, "bad")]
    with pytest.raises(InputError, match="several reports have that name"):
        rated_reports(reports, [row("/gone/T1.nii")])


def test_whose_a_scan_is_that_no_row_tells_of_is_its_bids_subject() -> None:
    alike = {"bids_meta": {"subject_id": "7"}, "site": "east"}
    scans, _ = rated_reports([report("a", **alike), report("b", **alike)], [])
    assert {scan.person for scan in scans} == {"east/sub-7"}


def test_a_row_without_report_is_given_back() -> None:
    rows = [row("a"), row("b")]
    assert rated_reports([report("a")], rows)[1] == [rows[1]]


@pytest.mark.parametrize("score", [None, "1.0", float("nan"), True])
def test_a_report_without_a_score_is_named(score: object) -> None:
    with pytest.raises(InputError, match=r"a_motionqc\.json: motion_score_mm is"):
        rated_reports([report("a", score)], [])


def test_a_scan_may_stand_in_several_rows_but_not_with_two_ratings() -> None:
    rows = [row("a", ""), row("a", "good"), row("a", "good"), row("a", "")]
    assert one_row_a_scan((each.path, each) for each in rows) == {"a": rows[1]}
    with pytest.raises(InputError, match="a: is rated 'good' and 'bad'; keep one"):
        one_row_a_scan((each.path, each) for each in [*rows, row("a", "bad")])
