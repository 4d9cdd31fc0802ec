"""Moved scans beside simulations of the still one, from the folder to the record."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.motion import Trajectory, simulate
from MotionQCTraining.commands.compare import RECORD, main
from MotionQCTraining.judging import detail_comparison
from MotionQCTraining.judging.detail_comparison import triplets
from MotionQCTraining.synthesis.motion_draws import COURSES

NAME = "sub-01_acq-{}_T1w.nii.gz"


@pytest.fixture
def a_moved_head(small_dataset: Path, tmp_path: Path) -> Path:
    """A BIDS folder of a head that lay still, and stepped by three degrees."""
    folder = tmp_path / "bids" / "sub-01" / "anat"
    folder.mkdir(parents=True)
    stored = nib.load(next(small_dataset.parent.glob("*_T1w.nii.gz")))
    still = stored.get_fdata(dtype=np.float32)
    step = Trajectory([[0] * 6, [1, 0, 0, 3, 0, 0]], [0, 0.55], pivot=(0, 0, 0))
    moved = simulate(still, stored.affine, step)
    for name, image in (("standard", still), ("headmotion1", moved)):
        path = folder / NAME.format(name)
        brain = path.with_name(path.name.replace("_T1w", "_desc-brain_T1w"))
        for file, values in ((path, image), (brain, np.where(still > 400, image, 0))):
            nib.save(nib.Nifti1Image(values.astype(np.float32), stored.affine), file)
    return tmp_path / "bids"


def test_the_still_scan_comes_first_and_brains_are_no_scans(a_moved_head: Path) -> None:
    ((still, moved),) = triplets(a_moved_head)
    assert Path(still.path).name == NAME.format("standard")
    assert Path(moved.path).name == NAME.format("headmotion1")
    assert Path(moved.mask).name == "sub-01_acq-headmotion1_desc-brain_T1w.nii.gz"


def test_a_folder_without_moved_scans_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give the folder of MR-ART"):
        triplets(tmp_path)


def test_a_scan_without_its_brain_is_refused_by_name(a_moved_head: Path) -> None:
    missing = next(a_moved_head.rglob("*headmotion1_desc-brain*"))
    missing.unlink()
    with pytest.raises(InputError, match=missing.name):
        triplets(a_moved_head)


def test_every_setting_is_printed_and_recorded(
    a_moved_head: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(detail_comparison, "GRID", (64, 64, 64))
    options = ["--output", str(tmp_path / "out"), "--scores", "1", "--draws", "1"]
    assert main([str(a_moved_head), *options]) == 0
    record = json.loads((tmp_path / "out" / RECORD).read_text())
    real = [line for line in record if line["score_mm"] is None]
    simulated = [line for line in record if line["score_mm"] is not None]
    assert [line["scan"] for line in real] == ["headmotion1"]
    assert len(simulated) == 2 * 2 * (1 + len(COURSES))
    assert all(line["detail"]["energy"] > 0 for line in record)
    printed = capsys.readouterr().out
    assert all(name in printed for name in COURSES)


def test_without_a_folder_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MOTIONQC_DATA", raising=False)
    with pytest.raises(InputError, match="set MOTIONQC_DATA"):
        main(["--output", str(tmp_path)])
