"""What names tell: whose a scan is, and whether a file is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.scan_table.naming import dataset_of, is_mask, is_scan, stem, subject_of


@pytest.mark.parametrize(
    ("name", "scan", "mask"),
    [
        ("sub-1_T1w.nii.gz", True, False),
        ("T1.MGZ", True, False),
        ("study.zip", True, False),
        ("notes.txt", False, False),
        ("slice.dcm", False, False),
        ("sub-1_desc-brain_mask.nii.gz", False, True),
        ("brainmask.mgz", False, True),
        ("T1w_masked.nii", True, False),
        ("aparc+aseg.mgz", False, False),
        ("sub-1_dseg.nii", False, False),
        ("labels.nrrd", False, False),
    ],
)
def test_names_of_scans_masks_and_labels(name: str, scan: bool, mask: bool) -> None:
    assert (is_scan(Path(name)), is_mask(Path(name))) == (scan, mask)


@pytest.mark.parametrize(
    ("name", "bare"), [("a.b.nii.gz", "a.b"), ("a.NRRD", "a"), ("a.txt", "a.txt"), ("a", "a")]
)
def test_a_stem_lacks_the_suffix_of_an_image_alone(name: str, bare: str) -> None:
    assert stem(Path("folder", name)) == bare


@pytest.mark.parametrize(
    ("scan", "subject"),
    [
        ("base/sub-01/ses-2/anat/x.nii", "sub-01"),
        ("base/x_sub-07_T1w.nii.gz", "sub-07"),
        ("base/anna/second/x.nii.gz", "anna"),
        ("base/x.nii.gz", "x"),
        ("elsewhere/anna/x.nii.gz", "x"),
    ],
)
def test_a_subject_is_read_off_the_path_below_the_base(
    tmp_path: Path, scan: str, subject: str
) -> None:
    assert subject_of(tmp_path / scan, tmp_path / "base") == subject


def test_a_pattern_finds_the_subject_or_says_where_it_does_not(tmp_path: Path) -> None:
    scan = tmp_path / "day1" / "P7_scan.nii"
    assert subject_of(scan, tmp_path, r"P\d+") == "P7"
    assert subject_of(scan, tmp_path, r"(P\d+)_") == "P7"
    with pytest.raises(InputError, match=r"P7_scan\.nii: the subject pattern Q finds nothing"):
        subject_of(scan, tmp_path, "Q")
    with pytest.raises(InputError, match=r"subject pattern \(: "):
        subject_of(scan, tmp_path, "(")


def test_a_linked_folder_is_the_folder_and_a_linked_file_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "real" / "anna").mkdir(parents=True)
    (tmp_path / "kept.nii").touch()
    (tmp_path / "real" / "anna" / "x.nii").symlink_to(tmp_path / "kept.nii")
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    scan = tmp_path / "linked" / "anna" / "x.nii"
    assert subject_of(scan, tmp_path / "real") == "anna"


def test_a_dataset_is_the_folder_of_its_subjects() -> None:
    assert dataset_of(Path("/data/ds1/sub-01/anat/sub-01_T1w.nii")) == "ds1"
    assert dataset_of(Path("/data/ds1/anna/t1.nii")) == ""
