"""What a manifest is said to hold before anything trains."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from MotionQCLib.cli import main as shell
from MotionQCTraining.data.dry_run import DryRun, Finding, SiteCount, dry_run, table
from MotionQCTraining.data.manifest import Row, read_manifest, write_manifest

from ..conftest import SHAPE


@pytest.fixture
def rows(small_dataset: Path) -> list[Row]:
    """Eight different heads of two sites."""
    return read_manifest(small_dataset)


def codes(run: DryRun) -> dict[str, Finding]:
    return {finding.code: finding for finding in run.findings}


def written(path: Path, values: np.ndarray, like: Row) -> str:
    nib.save(nib.Nifti1Image(values, nib.load(like.path).affine), path)
    return str(path)


def test_sound_scans_are_counted_and_may_be_trained_on(rows: list[Row]) -> None:
    rated = [replace(row, rating="good") for row in rows[:3]] + rows[3:]
    seen: list[tuple[int, int, str]] = []
    run = dry_run(rated, progress=lambda *step: seen.append(step))
    assert run.passed
    assert (run.scans, run.subjects, run.ratings) == (8, 8, {"good": 3})
    assert run.sites == {"site0": SiteCount(4, 4, 2, 0), "site1": SiteCount(4, 4, 1, 0)}
    assert seen[0] == (1, 8, rows[0].person)
    assert len(seen) == 8


def test_every_unreadable_scan_has_a_line_of_its_own(rows: list[Row], tmp_path: Path) -> None:
    (tmp_path / "text.nii.gz").write_text("no image")
    bad = [
        replace(rows[0], path=str(tmp_path / "text.nii.gz")),
        replace(rows[1], path=str(tmp_path / "gone.nii")),
        replace(rows[2], mask=str(tmp_path / "gone.nii")),
    ]
    run = dry_run(bad)
    lines = [finding.line for finding in run.findings if finding.code == "unreadable"]
    assert not run.passed
    assert [row.person in line for row, line in zip(bad, lines, strict=True)] == [True] * 3


def test_one_image_under_two_persons_is_a_leak_whatever_its_file(
    rows: list[Row], tmp_path: Path
) -> None:
    copy = tmp_path / "renamed.nii"
    copy.write_bytes(gzip.decompress(Path(rows[0].path).read_bytes()))
    run = dry_run([rows[0], replace(rows[1], path=str(copy))])
    assert not run.passed
    assert codes(run)["leak"].scans == (
        f"site0/{Path(rows[0].path).name}",
        f"{rows[1].person} (renamed.nii)",
    )


def test_one_image_twice_under_one_person_is_only_noted(rows: list[Row], tmp_path: Path) -> None:
    shutil.copy(rows[0].path, tmp_path / "again.nii.gz")
    again = replace(rows[0], path=str(tmp_path / "again.nii.gz"), rating="bad")
    run = dry_run([rows[0], again])
    assert run.passed
    assert {"same-image", "two-ratings"} <= set(codes(run))


def test_implausible_scans_are_named_by_the_warning_that_a_score_would_have(
    rows: list[Row], tmp_path: Path
) -> None:
    values = nib.load(rows[0].path).get_fdata(dtype=np.float32)
    coarse = np.clip(values / 5, 0, 255).astype(np.uint8)
    run = dry_run([replace(rows[0], path=written(tmp_path / "byte.nii", coarse, rows[0]))])
    assert run.passed
    assert len(codes(run)["eight-bit"].scans) == 1


@pytest.mark.parametrize(
    ("kind", "says"), [("none", "every voxel"), ("all", "larger"), ("air", "beside"), ("brain", "")]
)
def test_a_mask_that_does_not_fit_must_be_mended(
    rows: list[Row], tmp_path: Path, kind: str, says: str
) -> None:
    mask = np.zeros(SHAPE, np.uint8)
    if kind == "all":
        mask[1:] = 1
    elif kind == "air":
        mask[:13, :13] = 1
    elif kind == "brain":
        mask[20:44, 23:50, 20:44] = 1
    row = replace(rows[0], mask=written(tmp_path / "mask.nii", mask, rows[0]))
    run = dry_run([row])
    assert run.passed == (not says)
    assert says in "".join(finding.line for finding in run.findings)


def test_the_table_alone_tells_of_names_in_two_sites_and_of_small_sites(rows: list[Row]) -> None:
    two = [replace(rows[0], rating="1"), replace(rows[0], site="site1")]
    run = dry_run(two, read=False)
    assert run.passed
    assert codes(run)["subject-in-two-sites"].scans == (rows[0].subject,)
    assert codes(run)["few-subjects"].scans == ("site0", "site1")
    assert codes(run)["few-rated"].scans == ("1",)
    assert "not read" in table(run)


def test_a_finding_names_a_few_scans_and_counts_the_others() -> None:
    line = Finding("x", "So it is.", tuple("abcdefg")).line
    assert line == "So it is: a, b, c, d and 3 more"


def test_the_shell_writes_a_manifest_and_shows_what_it_holds(
    small_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "m.tsv"
    folder = str(small_dataset.parent)
    assert shell(["manifest", folder, "--site", "clinic", "-o", str(target)]) == 0
    shown = capsys.readouterr()
    assert "clinic" in shown.out
    assert "ready to train" in shown.out
    assert "reading 8 of 8" in shown.err
    assert len(read_manifest(target)) == 8


def test_the_shell_checks_a_manifest_and_fails_where_something_must_be_mended(
    rows: list[Row], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_manifest([rows[0], replace(rows[1], path=str(tmp_path / "gone.nii"))], tmp_path / "m.tsv")
    assert shell(["manifest", "--check", str(tmp_path / "m.tsv"), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["passed"] is False
    assert told["sites"]["site0"]["scans"] == 1
    assert told["findings"][0]["code"] == "unreadable"
    assert told["findings"][0]["mend"] is True


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "give folders or spreadsheets"),
        (["folder", "--check", "m.tsv"], "give folders or spreadsheets"),
        (["--check", "m.tsv", "-o", "n.tsv"], "--check writes nothing"),
        (["--labels", "folder"], "--labels takes --output"),
    ],
)
def test_the_shell_says_what_it_needs(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        shell(["manifest", *words])
    assert end.value.code == 2
    assert says in capsys.readouterr().err


def test_without_output_the_shell_looks_and_writes_nothing(
    small_dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(small_dataset.parent.iterdir())
    assert shell(["manifest", str(small_dataset.parent), "--quick"]) == 0
    shown = capsys.readouterr()
    assert "the scans were not read" in shown.out
    assert shown.err == ""
    assert sorted(small_dataset.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("rating", "verdict"),
    [
        ("", "too few subjects to pretrain"),
        ("1", "too few subjects to pretrain, ready to fine-tun"),
    ],
)
def test_the_last_line_says_what_training_the_scans_are_enough_for(
    rows: list[Row], rating: str, verdict: str
) -> None:
    few = [replace(row, rating=rating) for row in rows[:2]]
    assert table(dry_run(few, read=False)).splitlines()[-1].startswith(verdict)
    assert table(dry_run(rows, read=False)).endswith("ready to train")
