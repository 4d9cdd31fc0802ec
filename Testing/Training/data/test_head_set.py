"""Synthesised heads on disk are scans like any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.cli import main as shell
from MotionQCLib.errors import InputError
from MotionQCLib.scan import read_scan
from MotionQCTraining.data.dry_run import dry_run
from MotionQCTraining.data.head_set import synthesise_heads
from MotionQCTraining.data.label_heads import HeadDraws
from MotionQCTraining.data.listing import list_rows
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.data.volumes import load, prepare

from .label_phantom import label_head, write_labels


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    """Two anatomies, which differ in a ventricle."""
    labels, affine = label_head()
    folder = tmp_path / "some-labels"
    write_labels(folder / "anatomy-01_dseg.nii.gz", labels, affine)
    labels[40:50, 50:60, 60:66] = 4
    write_labels(folder / "anatomy-02_dseg.nii.gz", labels, affine)
    return folder


def test_heads_are_scans_with_masks_and_anatomies_are_subjects(maps: Path, tmp_path: Path) -> None:
    rows = synthesise_heads(maps, tmp_path / "heads", 3)
    assert [row.subject for row in rows] == ["sub-anatomy01", "sub-anatomy02", "sub-anatomy01"]
    assert {row.site for row in rows} == {"some-labels"}
    run = dry_run(rows)
    assert run.passed
    assert "leak" not in {finding.code for finding in run.findings}
    assert len({row.path for row in rows}) == 3
    listed = list_rows(tmp_path / "heads", site="some-labels")
    assert {(row.path, row.mask) for row in listed} == {(row.path, row.mask) for row in rows}


def test_a_head_is_prepared_as_a_whole_head_with_a_brain_mask(maps: Path, tmp_path: Path) -> None:
    rows = synthesise_heads(maps, tmp_path / "heads", 1)
    (file,) = prepare(rows, tmp_path / "prepared", (96, 96, 96))
    scan = load(file, rows[0])
    assert scan.has_brain_mask
    assert not scan.brain_only
    assert (scan.brain_distance < 0).sum() < (scan.head_distance < 0).sum()


def test_more_heads_later_leave_the_first_ones_as_they_are(maps: Path, tmp_path: Path) -> None:
    (first,) = synthesise_heads(maps, tmp_path / "heads", 1)
    before = Path(first.path).stat()
    rows = synthesise_heads(maps, tmp_path / "heads", 2)
    assert rows[0] == first
    assert Path(first.path).stat().st_mtime_ns == before.st_mtime_ns


def test_a_head_cut_off_or_of_another_recipe_is_made_again(maps: Path, tmp_path: Path) -> None:
    (row,) = synthesise_heads(maps, tmp_path / "heads", 1)
    whole = Path(row.path).read_bytes()
    Path(row.path).write_bytes(whole[:1000])
    synthesise_heads(maps, tmp_path / "heads", 1)
    assert Path(row.path).read_bytes() == whole
    synthesise_heads(maps, tmp_path / "heads", 1, seed=1)
    assert Path(row.path).read_bytes() != whole


def test_what_was_drawn_lies_beside_the_head(maps: Path, tmp_path: Path) -> None:
    draws = HeadDraws(faces=0.0, noise=(0, 0), texture=(0, 0), bias=0.0)
    (row,) = synthesise_heads(maps, tmp_path / "heads", 1, draws=draws)
    record = json.loads(Path(row.path.replace(".nii.gz", ".json")).read_text())
    assert record["face"] is False
    assert str(tmp_path) not in json.dumps(record)
    brain = read_scan(row.path).data[read_scan(row.mask).data > 0]
    assert np.percentile(brain, 90) == pytest.approx(1000 * record["intensities"]["white"], abs=2)


def test_a_folder_without_label_maps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no label maps"):
        synthesise_heads(tmp_path, tmp_path / "heads", 1)


def test_two_maps_of_one_name_are_refused(maps: Path, tmp_path: Path) -> None:
    (maps / "anatomy_01.nii.gz").write_bytes((maps / "anatomy-01_dseg.nii.gz").read_bytes())
    with pytest.raises(InputError, match="rename one"):
        synthesise_heads(maps, tmp_path / "heads", 1)


def test_the_shell_writes_heads_and_their_manifest(
    maps: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "heads"
    options = ["--heads", "2", "--contrast", "t2", "--output", str(target)]
    assert shell(["manifest", "--labels", str(maps), *options]) == 0
    assert "2 scans of 2 subjects" in capsys.readouterr().err
    rows = read_manifest(target / "manifest.tsv")
    assert all(row.path.endswith("_T2w.nii.gz") for row in rows)
    with pytest.raises(SystemExit):
        shell(["manifest", "--labels", str(maps), "--output", "x", "--faces", "2"])
    assert "a share from 0 to 1" in capsys.readouterr().err
