"""A folder of results: complete, replaceable, and free of what it should not hold."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle
from MotionQCLib.scoring import RESEARCH_USE, Result, Scorer
from MotionQCLib.scoring.provenance import ScanChecksum
from MotionQCLib.scoring.report import Report


@pytest.fixture(scope="module")
def a_result(a_model: ModelBundle, a_head_file: Path) -> Result:
    return Scorer(a_model, "cpu").score_file(a_head_file)


@pytest.fixture
def a_report(a_model: ModelBundle, tmp_path: Path) -> Report:
    return Report(tmp_path / "out", a_model.metadata, {"device": "cpu"})


def rows(report: Report) -> list[dict[str, str]]:
    with (report.folder / "motionqc.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_a_scan_gets_json_figure_and_row(
    a_report: Report, a_result: Result, a_head_file: Path
) -> None:
    a_report.write(a_result, a_head_file)
    assert sorted(path.name for path in a_report.folder.iterdir()) == [
        "dataset_description.json",
        "motionqc.tsv",
        "sub-01_T1w_motionqc.json",
        "sub-01_T1w_motionqc.png",
    ]


def test_the_description_of_another_dataset_is_left_alone(
    a_model: ModelBundle, tmp_path: Path
) -> None:
    theirs = tmp_path / "dataset_description.json"
    theirs.write_text('{"Name": "A raw dataset", "DatasetType": "raw"}')
    with pytest.raises(InputError, match="a folder of its own"):
        Report(tmp_path, a_model.metadata)
    assert "A raw dataset" in theirs.read_text()


def test_the_json_holds_result_origin_and_notice(
    a_report: Report, a_result: Result, a_head_file: Path, a_model: ModelBundle
) -> None:
    document = json.loads(a_report.write(a_result, a_head_file).read_text())
    assert document["motion_score_mm"] == a_result.motion_score_mm
    assert document["bids_meta"]["subject_id"] == "01"
    assert document["provenance"]["model"]["sha256"] == a_model.metadata.sha256
    assert document["provenance"]["settings"] == {"device": "cpu"}
    assert document["provenance"]["input"] == {
        "name": a_head_file.name,
        "sha256": hashlib.sha256(a_head_file.read_bytes()).hexdigest(),
        "of": "file",
    }
    assert document["notice"] == RESEARCH_USE


def test_no_folder_name_enters_a_report(
    a_report: Report, a_result: Result, a_head_file: Path
) -> None:
    text = a_report.write(a_result, a_head_file).read_text()
    assert a_head_file.parent.name not in text
    assert json.loads(text)["input"] == "sub-01_T1w.nii.gz"


def test_a_row_repeats_the_result(a_report: Report, a_result: Result, a_head_file: Path) -> None:
    a_report.write(a_result, a_head_file)
    (row,) = rows(a_report)
    assert float(row["motion_score_mm"]) == pytest.approx(a_result.motion_score_mm, abs=1e-6)
    assert row["qc_class"] == a_result.qc.name


def test_a_scan_scored_again_replaces_its_row(
    a_report: Report, a_result: Result, a_head_file: Path
) -> None:
    a_report.write(a_result, a_head_file)
    a_report.write(replace(a_result, motion_score_mm=3.25), a_head_file)
    assert [float(row["motion_score_mm"]) for row in rows(a_report)] == [3.25]


def test_another_scan_of_the_same_name_keeps_its_own_files(
    a_report: Report, a_result: Result, a_head_file: Path, tmp_path: Path
) -> None:
    namesake = tmp_path / a_head_file.name
    other = replace(a_result, checksum=ScanChecksum("f" * 64, "file"))
    first, second = a_report.write(a_result, a_head_file), a_report.write(other, namesake)
    assert first != second
    assert len(rows(a_report)) == 2
    assert a_report.write(other, namesake) == second


def test_the_figure_is_a_png_of_some_size(
    a_report: Report, a_result: Result, a_head_file: Path
) -> None:
    content = a_report.write(a_result, a_head_file).with_suffix(".png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n")
    assert min(struct.unpack(">II", content[16:24])) >= 400


def test_names_that_look_like_formulae_are_drawn_as_they_are(
    a_report: Report, a_result: Result, a_head_file: Path, tmp_path: Path
) -> None:
    odd = shutil.copy(a_head_file, tmp_path / r"T1_$\frac{$.nii.gz")
    assert a_report.write(a_result, Path(odd)).exists()


def test_a_table_of_other_columns_is_left_alone(
    a_report: Report, a_result: Result, a_head_file: Path
) -> None:
    table = a_report.folder / "motionqc.tsv"
    table.write_text("report\tmine\nx\t1\n")
    with pytest.raises(InputError, match="choose another folder"):
        a_report.write(a_result, a_head_file)
    assert table.read_text() == "report\tmine\nx\t1\n"


def test_a_folder_that_cannot_be_made_is_known_before_scoring(
    a_model: ModelBundle, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the report cannot be written"):
        Report(tmp_path / "file" / "out", a_model.metadata)
