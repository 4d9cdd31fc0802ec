"""Rows from where scans lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.commands.manifest import main
from MotionQCTraining.data.listing import bids_rows
from MotionQCTraining.data.manifest import read_manifest


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
