"""Which scans are trained on, as a table on disk."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.data.manifest import Row, read_manifest, write_manifest


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
        ("path\tsubject\tsite\n\n\ngone.nii\ts\tt\n", "line 4: no file"),
    ],
)
def test_a_faulty_manifest_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "m.tsv").write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        read_manifest(tmp_path / "m.tsv")
    assert "\n" not in caught.value.message


def test_all_rows_at_fault_are_named_at_once(tmp_path: Path) -> None:
    lines = ["path\tsubject\tsite", *[f"gone{number}.nii\ts\tt" for number in range(7)]]
    (tmp_path / "m.tsv").write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"line 2: .*; line 6: .*; and 2 more"):
        read_manifest(tmp_path / "m.tsv")
    assert len(read_manifest(tmp_path / "m.tsv", require_files=False)) == 7


@pytest.mark.parametrize("path", ["x" * 5000, "a\0b.nii", "/" + "y/" * 3000, "loop/a.nii"])
def test_what_cannot_be_a_path_is_no_file(tmp_path: Path, path: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "m.tsv").write_text(f"path\tsubject\tsite\n{path}\ts\tt\n")
    with pytest.raises(InputError, match=r"line 2: no file|cannot be read") as caught:
        read_manifest(tmp_path / "m.tsv")
    assert len(caught.value.message) < 1000


def test_ten_thousand_rows_are_read_and_written_in_seconds(tmp_path: Path) -> None:
    rows = [
        Row(str(tmp_path / f"sub-{n:05d}" / "T1w.nii.gz"), f"sub-{n:05d}", f"site-{n % 40}", "2")
        for n in range(10_000)
    ]
    began = time.process_time()
    write_manifest(rows, tmp_path / "m.tsv")
    assert read_manifest(tmp_path / "m.tsv", require_files=False) == rows
    with pytest.raises(InputError, match="and 9995 more") as caught:
        read_manifest(tmp_path / "m.tsv")
    assert time.process_time() - began < 20
    assert len(caught.value.message) < 2000
