"""The page about many scans: whole, escaped, and with nothing from elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from MotionQCLib.archive.failure import Failure
from MotionQCLib.archive.group_page import group_page


def document(name: str, score: float, site: str = "") -> dict[str, Any]:
    return {
        "report": f"{name}_motionqc",
        "input": f"{name}.nii",
        "site": site or None,
        "motion_score_mm": score,
        "interval_90_mm": [max(score - 0.5, 0.0), score + 0.5],
        "qc": {"class": "moderate", "basis": "score"},
        "warnings": [{"code": "thick-voxels", "message": 'Voxels are "thick".'}],
        "model": {"name": "a-model"},
    }


def test_every_scan_has_a_row_and_the_highest_come_first() -> None:
    page = group_page([document("a", 0.2), document("b", 3.0), document("c", 1.0)], [], _none)
    rows = re.findall(r"<tr><td>([abc])\.nii", page)
    assert rows == ["b", "c", "a"]
    assert "Median 1.00 mm" in page
    assert page.count('<td title="Voxels are &quot;thick&quot;.">thick-voxels</td>') == 3


def test_sites_stand_side_by_side_where_there_are_several() -> None:
    one = group_page([document("a", 1.0, "x"), document("b", 2.0, "x")], [], _none)
    two = group_page([document("a", 1.0, "x"), document("b", 2.0, "y")], [], _none)
    assert "By site" not in one
    assert two.count("<circle") == 2


def test_the_place_at_a_site_has_a_column_where_there_is_one() -> None:
    place = {"sha256": "ab", "percentile": 99.5, "scans": 200, "limits_mm": []}
    placed = document("a", 1.0) | {"site_limits": place}
    page = group_page([placed, document("b", 2.0)], [], _none)
    assert 'data-value="99.500000">99 % of 200</td></tr>' in page
    assert "<td></td></tr>" in page
    assert page.count("<th>") == 7
    assert group_page([document("b", 2.0)], [], _none).count("<th>") == 6


def test_names_cannot_become_markup() -> None:
    evil = "<script>alert(1)</script>"
    page = group_page(
        [document(evil, 1.0, evil), document("b", 2.0)], [Failure("x", "c", evil)], _none
    )
    assert "<script>alert" not in page
    assert page.count("<script>") == 1


def test_nothing_is_loaded_and_only_our_script_may_run() -> None:
    page = group_page([document("a", 1.0)], [], lambda _: b"png")
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:)""", page)
    assert "default-src 'none'" in page
    assert "script-src 'sha256-" in page
    assert "data:image/png;base64,cG5n" in page


def test_an_empty_folder_has_a_page() -> None:
    assert "No scan has a score yet" in group_page([], [], _none)


def _none(_: object) -> None:
    return None


@pytest.mark.parametrize("given", ["/x/DOE_JANE", "/x/Doe^Jane.zip", "Doe.dcm", "a\0/DOE"])
def test_the_name_of_a_dicom_input_stays_off_the_page(given: str) -> None:
    name = given.rpartition("/")[2]
    failure = Failure(given, "no-dicom", f"{name}: holds no DICOM images; give a DICOM folder.")
    page = group_page([], [failure], _none)
    assert "doe" not in page.lower().replace("does", "")
    assert "DICOM input: holds no DICOM images" in page
