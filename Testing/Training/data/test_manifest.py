"""Which scans are trained on, and who is held out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from MotionQCLib.errors import InputError
from MotionQCTraining.commands.manifest import main
from MotionQCTraining.data.manifest import (
    Row,
    bids_rows,
    read_manifest,
    split,
    write_manifest,
)


def rows_of(counts: dict[str, int], scans: int = 2) -> list[Row]:
    return [
        Row(f"/{site}/{subject}/{scan}.nii", f"sub-{subject:03d}", site)
        for site, count in counts.items()
        for subject in range(count)
        for scan in range(scans)
    ]


def test_a_written_manifest_reads_back_with_relative_paths(tmp_path: Path) -> None:
    scan = tmp_path / "scans" / "a.nii.gz"
    scan.parent.mkdir()
    scan.touch()
    rows = [Row(str(scan), "sub-01", "here", rating="3")]
    write_manifest(rows, tmp_path / "m.tsv")
    assert "scans/a.nii.gz\tsub-01" in (tmp_path / "m.tsv").read_text()
    assert read_manifest(tmp_path / "m.tsv") == rows


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column path"),
        ("path\tsubject\tsite\n", "no scan"),
        ("path\tsubject\nx\ty\n", "no column site"),
        ("path\tsubject\tsite\ngone.nii\ts\tt\n", "line 2: no file"),
        ("path\tsubject\tsite\n\ts\tt\n", "line 2: path, subject and site"),
    ],
)
def test_a_faulty_manifest_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "m.tsv").write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        read_manifest(tmp_path / "m.tsv")
    assert "\n" not in caught.value.message


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(4, 30), min_size=1), st.integers(0, 9))
def test_no_person_is_in_two_parts_and_every_site_is_in_each(
    counts: dict[str, int], seed: int
) -> None:
    parts = split(rows_of(counts), seed=seed, validation=0.2, test=0.2)
    persons = [{row.person for row in part} for part in parts.values()]
    assert sum(len(p) for p in persons) == len(set.union(*persons)) == sum(counts.values())
    assert all({row.site for row in part} == set(counts) for part in parts.values())


def test_one_scan_more_moves_nobody_between_the_largest_parts() -> None:
    before = split(rows_of({"a": 40}), seed=1, validation=0.1, test=0.1)
    after = split(rows_of({"a": 41}), seed=1, validation=0.1, test=0.1)
    moved = {r.person for r in before["train"]} - {r.person for r in after["train"]}
    assert len(moved) <= 2


def test_too_few_subjects_to_hold_out_is_said() -> None:
    with pytest.raises(InputError, match="too few to hold out"):
        split(rows_of({"a": 2}), seed=0, validation=0.1, test=0.1)


def test_the_shell_lists_bids_folders_with_their_masks(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "m.tsv"
    assert main([str(real_data / "ds000011"), "-o", str(target)]) == 0
    assert "10 scans of 10 subjects" in capsys.readouterr().out
    rows = read_manifest(target)
    assert {row.site for row in rows} == {"ds000011"}
    assert all(row.mask.endswith("_desc-brain_mask.nii.gz") for row in rows)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="BIDS"):
        bids_rows(tmp_path)
