"""What a report may call a scan, and how it knows it again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from MotionQCLib.scoring.provenance import identify_input


def test_an_image_keeps_its_own_name_without_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "T1.nii.gz"
    path.write_bytes(b"abc")
    identity = identify_input(path)
    assert (identity.name, identity.stem) == ("T1.nii.gz", "T1")
    assert identity.sha256 == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("name", ["DOE^JANE.zip", "IM0001", "doe.dcm"])
def test_a_dicom_input_is_called_by_its_checksum(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"abc")
    identity = identify_input(path)
    assert identity.name == identity.stem == f"dicom-{identity.sha256[:12]}"


def test_a_folder_is_known_again_whatever_its_files_are_called(tmp_path: Path) -> None:
    for folder, names in (("DOE_JANE", ("a", "b")), ("other", ("2", "1"))):
        (tmp_path / folder).mkdir()
        for name, content in zip(names, (b"one", b"two"), strict=True):
            (tmp_path / folder / name).write_bytes(content)
    first, second = (identify_input(tmp_path / folder) for folder in ("DOE_JANE", "other"))
    assert first == second
    assert "DOE" not in first.name


def test_bids_entities_are_read_from_the_name(tmp_path: Path) -> None:
    path = tmp_path / "sub-007_ses-b_acq-headmotion1_run-2_T1w.nii"
    path.write_bytes(b"")
    assert identify_input(path).bids_meta == {
        "subject_id": "007",
        "session_id": "b",
        "acquisition_id": "headmotion1",
        "run_id": "2",
        "suffix": "T1w",
    }


def test_other_names_have_no_bids_entities(tmp_path: Path) -> None:
    path = tmp_path / "run-2.mgz"
    path.write_bytes(b"")
    assert identify_input(path).bids_meta == {}
