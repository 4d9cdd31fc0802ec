"""`motionqc calibrate`: from a spreadsheet or a scored folder to a file that `score` takes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from MotionQCLib.models import ModelBundle, load_site_limits
from MotionQCLib.scoring import Result, Scorer
from MotionQCLib.scoring.report import Reporter

from .conftest import Shell

SCORES = {
    **{f"sub-{n:02d}_T1w": 0.2 + 0.02 * n for n in range(6)},
    **{f"sub-{n:02d}_T1w": 1.0 + 0.02 * n for n in range(6, 12)},
}
RATINGS = {name: "good" if mm < 0.7 else "bad" for name, mm in SCORES.items()}
ORDER = ("--order", "good, bad")


@pytest.fixture(scope="module")
def a_result(a_model: ModelBundle, a_head_file: Path) -> Result:
    return Scorer(a_model, "cpu").score_file(a_head_file)


@pytest.fixture(scope="module")
def a_scored_folder(
    a_result: Result, a_model: ModelBundle, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Reports of twelve scans, as `motionqc score --output` leaves them."""
    folder = tmp_path_factory.mktemp("scored")
    reporter = Reporter(folder, a_model.metadata)
    for name, mm in SCORES.items():
        reporter.write(replace(a_result, motion_score_mm=mm), Path(f"{name}.nii.gz"))
    return folder


@pytest.fixture
def some_scans(
    a_head_file: Path, a_result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Twelve scans and their ratings in a spreadsheet; what they score is told by their names."""
    (tmp_path / "scans").mkdir()
    for name in SCORES:
        shutil.copy(a_head_file, tmp_path / "scans" / f"{name}.nii.gz")

    def score(self: Scorer, path: Path, **options: Any) -> Result:
        options["seen"](SimpleNamespace(data=np.zeros((8, 8, 8), np.float32)))
        mm = SCORES[path.name.partition(".")[0]]
        return replace(a_result, input=str(path), motion_score_mm=mm)

    monkeypatch.setattr(Scorer, "score_file", score)
    return written(tmp_path / "ratings.csv", RATINGS)


def written(table: Path, ratings: dict[str, str]) -> Path:
    lines = [f"{name},{rating}" for name, rating in ratings.items()]
    table.write_text("\n".join(["file,rating", *lines]), encoding="utf-8")
    return table


def test_a_spreadsheet_of_scans_becomes_limits_in_one_command_and_is_scored_once(
    shell: Shell, some_scans: Path, a_model_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "site.json"
    words = ("calibrate", some_scans, "--output", out, "--model", a_model_file, *ORDER)
    spoken = shell(*words, "--workers", 1)
    assert spoken.status == 0, spoken.err
    site = load_site_limits(out)
    assert [item.name for item in site.classes] == ["good", "bad"]
    assert site.limits is not None
    assert site.limits.mm == pytest.approx([(0.3 + 1.12) / 2])
    assert (site.scans, site.subjects) == (12, 12)
    for wanted in ("0.71", "Balanced accuracy on subjects left out: 1.00", "12 scans of 12"):
        assert wanted in spoken.out
    assert "sub-" not in out.read_text()
    assert len(list((tmp_path / "site-reports").glob("*_motionqc.json"))) == 12
    again = shell(*words)
    assert "12 of 12 scans have a report there already" in again.err
    assert load_site_limits(out).reference_mm == site.reference_mm


def test_ratings_without_an_order_are_refused_before_anything_is_scored(
    shell: Shell, some_scans: Path, a_model_file: Path, tmp_path: Path
) -> None:
    words = ("calibrate", some_scans, "--output", tmp_path / "site.json", "--model", a_model_file)
    spoken = shell(*words)
    assert spoken.status == 2
    assert "nothing tells the order of bad, good" in spoken.err
    assert not (tmp_path / "site-reports").exists()


def test_a_scored_folder_and_a_spreadsheet_of_names_need_no_scans(
    shell: Shell, a_scored_folder: Path, a_model_file: Path, tmp_path: Path
) -> None:
    rated = dict(list(RATINGS.items())[:-1])
    ratings = written(tmp_path / "ratings.csv", {**rated, "sub-99_T1w": "good"})
    words = ("calibrate", a_scored_folder, "--ratings", ratings, "--model", a_model_file)
    spoken = shell(*words, "--output", tmp_path / "site.json", *ORDER)
    assert spoken.status == 0, spoken.err
    site = load_site_limits(tmp_path / "site.json")
    assert [(rated.name, rated.scans) for rated in site.ratings] == [("good", 6), ("bad", 5)]
    assert site.limits is not None
    assert (site.scans, site.subjects) == (12, 12)
    assert spoken.err == "motionqc: rows without a report there: sub-99_T1w\n"


def test_without_ratings_there_is_a_reference_alone(
    shell: Shell, a_scored_folder: Path, a_model_file: Path, tmp_path: Path
) -> None:
    words = ("calibrate", a_scored_folder, "--model", a_model_file)
    spoken = shell(*words, "--output", tmp_path / "site.json")
    assert spoken.status == 0
    assert "No limits: no scan is rated." in spoken.out
    assert load_site_limits(tmp_path / "site.json").percentile(0.9) == 50


@pytest.mark.parametrize(
    ("ratings", "order", "says"),
    [
        (dict(list(RATINGS.items())[:-2]), "good,bad", "“bad” has 4 of 4"),
        (RATINGS, "bad,good", "median scores do not rise in the order of the ratings"),
    ],
)
def test_why_there_are_no_limits_is_said_and_the_reference_written(
    ratings: dict[str, str],
    order: str,
    says: str,
    shell: Shell,
    a_scored_folder: Path,
    a_model_file: Path,
    tmp_path: Path,
) -> None:
    table = written(tmp_path / "ratings.csv", ratings)
    words = ("calibrate", a_scored_folder, "--ratings", table, "--model", a_model_file)
    spoken = shell(*words, "--output", tmp_path / "site.json", "--order", order)
    assert spoken.status == 0
    assert says in " ".join(spoken.out.split())
    assert load_site_limits(tmp_path / "site.json").scans == 12


def test_a_scan_that_cannot_be_scored_stops_no_other(
    shell: Shell, a_head_file: Path, a_model_file: Path, tmp_path: Path
) -> None:
    shutil.copy(a_head_file, tmp_path / "a.nii.gz")
    table = written(tmp_path / "ratings.csv", {"a.nii.gz": "1", "gone.nii.gz": "2"})
    words = ("calibrate", table, "--model", a_model_file, "--output", tmp_path / "site.json")
    spoken = shell(*words)
    assert spoken.status == 2
    assert "gone.nii.gz: no such file" in spoken.err
    assert load_site_limits(tmp_path / "site.json").scans == 1
    assert shell(*words, "--order", "1,2").status == 2


@pytest.mark.parametrize(
    ("ratings", "more", "says"),
    [
        ({"x": "good", "y": "bad"}, [], "none of its 2 scans has a report"),
        (RATINGS, [], "nothing tells the order of bad, good"),
        (RATINGS, ["--order", "good"], "lacks bad"),
        (RATINGS, ["--reports", "r"], "--reports goes with a spreadsheet"),
        (RATINGS | {"sub-00_T1w.nii.gz": "bad"}, [*ORDER], "is rated 'good' and 'bad'"),
    ],
)
def test_what_cannot_be_fitted_is_one_line_and_writes_nothing(
    ratings: dict[str, str],
    more: list[str],
    says: str,
    shell: Shell,
    a_scored_folder: Path,
    a_model_file: Path,
    tmp_path: Path,
) -> None:
    table = written(tmp_path / "ratings.csv", ratings)
    words = ("calibrate", a_scored_folder, "--ratings", table, "--model", a_model_file, *more)
    spoken = shell(*words, "--output", tmp_path / "site.json")
    assert spoken.status == 2
    assert says in spoken.err
    assert spoken.err.count("\n") == 1
    assert not (tmp_path / "site.json").exists()


def test_what_is_no_scored_folder_is_said(
    shell: Shell, a_scored_folder: Path, a_model_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    out = ("--output", tmp_path / "site.json")
    assert "holds no reports" in shell("calibrate", tmp_path / "empty", *out).err
    assert "no report by motionqc-t1w-preview, but by small" in (
        shell("calibrate", a_scored_folder, *out).err
    )
    table = written(tmp_path / "ratings.csv", RATINGS)
    assert "a spreadsheet holds its own" in (
        shell("calibrate", table, "--ratings", table, *out).err
    )


def test_a_file_of_somebody_elses_is_not_replaced(shell: Shell, tmp_path: Path) -> None:
    table = written(tmp_path / "ratings.csv", RATINGS)
    before = table.read_text()
    spoken = shell("calibrate", table, "--output", table)
    assert (spoken.status, table.read_text()) == (2, before)
    assert "no file of site limits; name another file" in spoken.err


@pytest.mark.slow
def test_the_really_moved_scans_of_mr_art_make_a_reference(
    real_data: Path, shell: Shell, tmp_path: Path
) -> None:
    out = tmp_path / "site.json"
    assert shell("calibrate", real_data / "ds004173" / "scores.tsv", "--output", out).status == 0
    site = load_site_limits(out)
    assert (site.scans, site.subjects, site.limits) == (3, 1, None)
    assert "“1” has 1 of 1" in site.without_limits
    still = sorted((real_data / "ds004173").rglob("*acq-standard_T1w.nii.gz"))[0]
    (told,) = shell("score", still, "--site-limits", out, "--json").objects
    assert told["site_limits"]["percentile"] == 0
    assert told["motion_score_mm"] == site.reference_mm[0]
    assert json.dumps(told["site_limits"]["limits_mm"]) == "[]"
