"""The report of a scan: complete, replaceable, and free of what it should not hold."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, SiteLimits
from MotionQCLib.scoring import RESEARCH_USE, Result, Scorer
from MotionQCLib.scoring.provenance import ScanChecksum
from MotionQCLib.scoring.report import Reporter


@pytest.fixture(scope="module")
def a_result(a_model: ModelBundle, a_head_file: Path) -> Result:
    return Scorer(a_model, "cpu").score_file(a_head_file)


@pytest.fixture
def a_report(a_model: ModelBundle, tmp_path: Path) -> Reporter:
    return Reporter(tmp_path / "out", a_model.metadata, {"device": "cpu"})


def written(report: Reporter, result: Result, source: Path) -> dict[str, object]:
    """What the JSON file says after a report was written."""
    document = report.write(result, source)
    name = document.pop("report")
    assert json.loads((report.folder / f"{name}.json").read_text()) == document
    return document


def test_a_scan_gets_json_figure_and_the_picture_that_is_given(
    a_report: Reporter, a_result: Result, a_head_file: Path
) -> None:
    a_report.write(a_result, a_head_file, picture=b"PNG")
    assert sorted(path.name for path in a_report.folder.iterdir()) == [
        "sub-01_T1w_motionqc.json",
        "sub-01_T1w_motionqc.png",
        "sub-01_T1w_motionqc_slices.png",
    ]


def test_the_json_holds_result_origin_and_notice(
    a_report: Reporter, a_result: Result, a_head_file: Path, a_model: ModelBundle
) -> None:
    document = written(a_report, a_result, a_head_file)
    assert document["motion_score_mm"] == a_result.motion_score_mm
    assert document["bids_meta"]["subject_id"] == "01"
    assert document["provenance"]["model"]["sha256"] == a_model.metadata.sha256
    assert document["provenance"]["settings"] == {"device": "cpu"}
    assert document["provenance"]["input"] == {
        "name": a_head_file.name,
        "sha256": hashlib.sha256(a_head_file.read_bytes()).hexdigest(),
        "of": "file",
        "key": None,
    }
    assert document["notice"] == RESEARCH_USE


def test_a_report_says_which_site_limits_it_rests_on(
    a_model: ModelBundle, a_site: SiteLimits, a_head_file: Path, tmp_path: Path
) -> None:
    result = Scorer(a_model, "cpu", site_limits=a_site).score_file(a_head_file)
    report = Reporter(tmp_path, a_model.metadata, {}, a_site)
    document = written(report, result, a_head_file)
    assert document["qc"]["basis"] == "site limits"
    assert document["site_limits"]["percentile"] == 75.0
    assert document["provenance"]["site_limits"] == {
        "sha256": a_site.checksum,
        "created": a_site.created,
        "scans": 4,
    }


def test_no_folder_name_enters_a_report(
    a_report: Reporter, a_result: Result, a_head_file: Path
) -> None:
    document = written(a_report, a_result, a_head_file)
    assert a_head_file.parent.name not in json.dumps(document)
    assert document["input"] == "sub-01_T1w.nii.gz"


def test_a_scan_scored_again_replaces_its_report(
    a_report: Reporter, a_result: Result, a_head_file: Path
) -> None:
    written(a_report, a_result, a_head_file)
    again = written(a_report, replace(a_result, motion_score_mm=3.25), a_head_file)
    assert again["motion_score_mm"] == 3.25
    assert len(list(a_report.folder.glob("*.json"))) == 1


def test_a_namesake_of_the_same_run_has_its_key_in_its_name(
    a_report: Reporter, a_result: Result, a_head_file: Path
) -> None:
    for key in ("0123456789abcdef", "fedcba9876543210"):
        a_report.write(a_result, a_head_file, key=key, alone=False)
    assert sorted(path.name for path in a_report.folder.glob("*.json")) == [
        "sub-01_T1w-01234567_motionqc.json",
        "sub-01_T1w-fedcba98_motionqc.json",
    ]


def test_another_scan_of_the_same_name_keeps_its_own_files(
    a_report: Reporter, a_result: Result, a_head_file: Path, tmp_path: Path
) -> None:
    namesake = tmp_path / a_head_file.name
    other = replace(a_result, checksum=ScanChecksum("f" * 64, "file"))
    first = a_report.write(a_result, a_head_file)["report"]
    second = a_report.write(other, namesake)["report"]
    assert first != second
    assert a_report.write(other, namesake)["report"] == second


def test_the_figure_is_a_png_of_some_size(
    a_report: Reporter, a_result: Result, a_head_file: Path
) -> None:
    name = a_report.write(a_result, a_head_file)["report"]
    content = (a_report.folder / f"{name}.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n")
    assert min(struct.unpack(">II", content[16:24])) >= 400


def test_names_that_look_like_formulae_are_drawn_as_they_are(
    a_report: Reporter, a_result: Result, a_head_file: Path, tmp_path: Path
) -> None:
    odd = shutil.copy(a_head_file, tmp_path / r"T1_$\frac{$.nii.gz")
    assert written(a_report, a_result, Path(odd))["input"] == Path(odd).name


def test_a_folder_that_cannot_be_made_is_one_line(
    a_model: ModelBundle, a_result: Result, a_head_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the report cannot be written"):
        Reporter(tmp_path / "file" / "out", a_model.metadata).write(a_result, a_head_file)
