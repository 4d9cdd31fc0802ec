"""`motionqc score`: for people, for programs, and when something is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nibabel
import numpy as np
import pytest

from MotionQCLib.scan import Scan
from MotionQCLib.scoring import RESEARCH_USE, Scorer

from ..scan.dicom_files import write_series
from .conftest import Shell


@pytest.fixture
def two_scans(a_head_file: Path, tmp_path: Path) -> list[Path]:
    return [shutil.copy(a_head_file, tmp_path / f"sub-{name}_T1w.nii.gz") for name in ("a", "b")]


@pytest.fixture
def missing(tmp_path: Path) -> Path:
    return tmp_path / "missing.nii"


def test_people_get_a_table_with_score_interval_class_and_notice(
    shell: Shell, a_head_file: Path, a_model_file: Path
) -> None:
    spoken = shell("score", a_head_file, "--model", a_model_file)
    assert spoken.status == 0
    for word in ("sub-01_T1w.nii.gz", "Motion (mm)", "90 % interval", "Class", RESEARCH_USE):
        assert word in spoken.out


def test_programs_get_one_object_a_scan(
    shell: Shell, two_scans: list[Path], a_model_file: Path
) -> None:
    spoken = shell("score", *two_scans, "--model", a_model_file, "--json")
    first, second = spoken.objects
    assert [first["input"], second["input"]] == [str(path) for path in two_scans]
    assert first["motion_score_mm"] == second["motion_score_mm"]


def test_the_table_and_the_json_say_the_same(
    shell: Shell, a_head_file: Path, a_model_file: Path
) -> None:
    (document,) = shell("score", a_head_file, "--model", a_model_file, "--json").objects
    table = shell("score", a_head_file, "--model", a_model_file).out
    assert f"{document['motion_score_mm']:.2f}" in table
    assert document["qc"]["class"] in table


def test_a_fault_of_one_scan_leaves_the_others_scored(
    shell: Shell, two_scans: list[Path], missing: Path, a_model_file: Path
) -> None:
    scans = (two_scans[0], missing, two_scans[1])
    spoken = shell("score", *scans, "--model", a_model_file, "--json")
    assert spoken.status == 2
    assert ["error" in document for document in spoken.objects] == [False, True, False]
    assert spoken.objects[1]["error"]["code"] == "not-found"
    assert spoken.err == f"motionqc: {spoken.objects[1]['error']['message']}\n"


def test_a_defect_of_ours_is_told_from_a_fault_of_the_input(
    shell: Shell,
    two_scans: list[Path],
    missing: Path,
    a_model_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    healthy = Scorer.score_file

    def fail_once(self: Scorer, path: Path, **options: object) -> object:
        if path == two_scans[0]:
            raise ZeroDivisionError
        return healthy(self, path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Scorer, "score_file", fail_once)
    spoken = shell("score", *two_scans, missing, "--model", a_model_file, "--json")
    assert spoken.status == 1
    codes = [document.get("error", {}).get("code") for document in spoken.objects]
    assert codes == ["defect", None, "not-found"]


def test_several_scans_load_the_model_once(
    shell: Shell, two_scans: list[Path], a_model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from MotionQCLib import models

    loaded = []
    find = models.find_model
    monkeypatch.setattr(models, "find_model", lambda name: loaded.append(name) or find(name))
    assert shell("score", *two_scans, "--model", a_model_file).status == 0
    assert loaded == [str(a_model_file)]


def test_a_bids_folder_stands_for_its_scans(
    shell: Shell, a_head_file: Path, a_model_file: Path, tmp_path: Path
) -> None:
    for subject in ("01", "02"):
        anat = tmp_path / f"sub-{subject}" / "anat"
        anat.mkdir(parents=True)
        shutil.copy(a_head_file, anat / f"sub-{subject}_T1w.nii.gz")
    documents = shell("score", tmp_path, "--model", a_model_file, "--json").objects
    names = [Path(document["input"]).name for document in documents]
    assert names == ["sub-01_T1w.nii.gz", "sub-02_T1w.nii.gz"]


@pytest.mark.parametrize("mixed", [True, False])
def test_every_series_of_a_dicom_folder_has_a_row(
    shell: Shell, a_head_scan: Scan, a_model_file: Path, tmp_path: Path, mixed: bool
) -> None:
    study, out = tmp_path / "Doe^Jane", tmp_path / "out"
    voxels = np.clip(a_head_scan.data, 0, 4000).astype(np.int16)
    for number in (3, 4, 5):
        folder = study if mixed else study / f"s{number}"
        write_series(
            folder,
            voxels,
            spacing=(3.5, 3.0, 3.0),
            orientation=((-1, 0, 0), (0, -1, 0)),
            number=number,
            drop=(30,) if number == 5 else (),
        )
    words = ("score", study, "--model", a_model_file, "--output", out)
    spoken = shell(*words, "--json")
    names = [f"{study}, series {n}" if mixed else f"{study}/s{n}" for n in (3, 4, 5)]
    assert [document["input"] for document in spoken.objects] == names
    codes = [document.get("error", {}).get("code") for document in spoken.objects]
    assert (spoken.status, codes) == (2, [None, None, "missing-slices"])
    assert len((out / "motionqc.tsv").read_text().splitlines()) == 3
    page = (out / "motionqc.html").read_text()
    assert "series 5: t1_mprage_sag (60 images) has 1 uneven gaps" in page
    assert study.name not in page
    again = shell(*words)
    assert "2 of 3 scans have a report there already" in again.err
    for number in (3, 4):
        assert (f"Doe^Jane, series {number}" if mixed else f"s{number}") in again.out


def test_output_writes_a_report_of_every_scan(
    shell: Shell, two_scans: list[Path], a_model_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert shell("score", *two_scans, "--model", a_model_file, "--output", out).status == 0
    assert len(list(out.glob("*_motionqc.json"))) == 2
    assert len(list(out.glob("*_motionqc.png"))) == 2
    assert len((out / "motionqc.tsv").read_text().splitlines()) == 3


def test_site_limits_reach_people_programs_and_reports(
    shell: Shell, two_scans: list[Path], a_model_file: Path, a_site_file: Path, tmp_path: Path
) -> None:
    words = ("score", *two_scans, "--model", a_model_file, "--site-limits", a_site_file)
    spoken = shell(*words, "--output", tmp_path / "out")
    assert spoken.status == 0
    for wanted in ("<moved>", "75 % of 4 scans", "class by the site's own limits (0.00 mm)"):
        assert wanted in spoken.out
    (first, _second) = shell(*words, "--json").objects
    assert (first["qc"]["basis"], first["site_limits"]["percentile"]) == ("site limits", 75.0)
    page = (tmp_path / "out" / "motionqc.html").read_text()
    assert "&lt;moved&gt;" in page
    assert "75 % of 4" in page


def test_a_folder_scored_without_site_limits_is_scored_again_with_them(
    shell: Shell, two_scans: list[Path], a_model_file: Path, a_site_file: Path, tmp_path: Path
) -> None:
    words = ("score", *two_scans, "--model", a_model_file, "--output", tmp_path / "out")
    limits = ("--site-limits", a_site_file)
    told = [shell(*words, *more).err for more in ((), limits, limits)]
    assert told[:2] == ["", ""]
    assert "2 of 2 scans have a report there already" in told[2]


def test_site_limits_of_another_model_are_one_line_and_score_nothing(
    shell: Shell, a_head_file: Path, a_site_file: Path, tmp_path: Path
) -> None:
    spoken = shell("score", a_head_file, "--site-limits", a_site_file)
    assert (spoken.status, spoken.out) == (2, "")
    assert spoken.err.startswith("motionqc: the site limits are for model small")
    assert spoken.err.count("\n") == 1
    (tmp_path / "odd.json").write_text("{}")
    spoken = shell("score", a_head_file, "--site-limits", tmp_path / "odd.json")
    assert (spoken.status, spoken.err.count("\n")) == (2, 1)
    assert "it holds no site limits: format is absent" in spoken.err


def test_a_count_comes_before_the_scans(
    shell: Shell, two_scans: list[Path], a_model_file: Path, tmp_path: Path
) -> None:
    words = ("score", "--model", a_model_file, "--output", tmp_path / "out", "--json", "--count")
    first, *_ = shell(*words, two_scans[0]).objects
    assert first == {"scans": 1, "done": 0}
    first, *documents = shell(*words, *two_scans).objects
    assert first == {"scans": 2, "done": 1}
    assert len(documents) == 2


def test_a_stop_file_ends_the_run_after_the_scan_at_hand_and_keeps_what_is_done(
    shell: Shell, two_scans: list[Path], a_model_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "stop").touch()
    out = tmp_path / "out"
    words = ("score", *two_scans, "--model", a_model_file, "--output", out, "--json")
    spoken = shell(*words, "--stop-file", tmp_path / "stop")
    assert (spoken.status, len(spoken.objects)) == (0, 1)
    assert "Head motion of 1 scans" in (out / "motionqc.html").read_text()
    assert "1 of 2 scans have a report there already" in shell(*words).err


def test_an_unknown_model_is_one_line_and_scores_nothing(shell: Shell, a_head_file: Path) -> None:
    spoken = shell("score", a_head_file, "--model", "nobody")
    assert (spoken.status, spoken.out) == (2, "")
    assert spoken.err.startswith("motionqc: --model nobody: no such model")
    assert spoken.err.count("\n") == 1


def test_markup_in_a_name_is_printed_as_it_is(
    shell: Shell, a_head_file: Path, a_model_file: Path, tmp_path: Path
) -> None:
    odd = shutil.copy(a_head_file, tmp_path / "[bold]x[-].nii.gz")
    assert "[bold]x[-].nii.gz" in shell("score", odd, "--model", a_model_file).out


def test_nothing_but_results_reaches_pipes(
    shell: Shell, two_scans: list[Path], a_model_file: Path
) -> None:
    assert shell("score", *two_scans, "--model", a_model_file, "--json").err == ""


def test_an_assumption_of_the_reader_reaches_people_programs_and_reports(
    shell: Shell, a_head_scan: Scan, a_model_file: Path, tmp_path: Path
) -> None:
    image = nibabel.Nifti1Image(a_head_scan.data, None)
    image.header.set_zooms(a_head_scan.spacing)
    nibabel.save(image, tmp_path / "nowhere.nii")
    words = ("score", tmp_path / "nowhere.nii", "--model", a_model_file)
    assert "names no orientation; the axes were taken as left" in shell(*words).out
    (document,) = shell(*words, "--json", "--output", tmp_path / "out").objects
    assert "no-orientation" in [warning["code"] for warning in document["warnings"]]
    report = json.loads((tmp_path / "out" / "nowhere_motionqc.json").read_text())
    assert report["warnings"] == document["warnings"]
    assert "no-orientation" in (tmp_path / "out" / "motionqc.tsv").read_text()
