"""A small archive: copies of one head in a BIDS folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from MotionQCLib.archive.worker import Work


@pytest.fixture
def an_archive(a_head_file: Path, tmp_path: Path) -> Path:
    """Three subjects of two sites."""
    folder = tmp_path / "study"
    for subject in ("01", "02", "03"):
        anat = folder / f"sub-{subject}" / "anat"
        anat.mkdir(parents=True)
        shutil.copy(a_head_file, anat / f"sub-{subject}_T1w.nii.gz")
    rows = ["participant_id\tage\tsite", "sub-01\t30\teast", "sub-02\t31\twest", "sub-03\t32\tn/a"]
    (folder / "participants.tsv").write_text("\n".join(rows))
    return folder


@pytest.fixture
def some_work(a_model_file: Path, tmp_path: Path) -> Work:
    return Work(str(a_model_file), "cpu", None, tmp_path / "out", {"series": None}, threads=1)
