"""Rows from where scans lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.data.listing import bids_rows, folder_rows, list_rows
from MotionQCTraining.data.manifest import Row

DICOM = b"\0" * 128 + b"DICM" + b"\0" * 400


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(DICOM if name.endswith(".dcm") else b"")


def listed(folder: Path, rows: list[Row]) -> list[tuple[str, str]]:
    return [(Path(row.path).relative_to(folder).as_posix(), row.subject) for row in rows]


def test_a_folder_of_bids_folders_gives_a_site_each(tmp_path: Path) -> None:
    touch(tmp_path, "one/sub-1/anat/sub-1_T1w.nii.gz", "two/sub-1/ses-2/anat/sub-1_ses-2_T1w.nii")
    assert [(row.site, row.subject) for row in list_rows(tmp_path)] == [
        ("one", "sub-1"),
        ("two", "sub-1"),
    ]


def test_of_a_bids_folder_only_raw_t1_images_are_listed(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "sub-1/anat/sub-1_T1w.nii.gz",
        "sub-1/anat/sub-1_T2w.nii.gz",
        "derivatives/prep/sub-1/anat/sub-1_T1w.nii.gz",
    )
    assert listed(tmp_path, list_rows(tmp_path)) == [("sub-1/anat/sub-1_T1w.nii.gz", "sub-1")]


def test_a_brain_mask_beside_an_image_is_its_mask(tmp_path: Path) -> None:
    touch(tmp_path, "sub-1/anat/sub-1_T1w.nii.gz", "sub-1/anat/sub-1_desc-brain_mask.nii.gz")
    (row,) = bids_rows(tmp_path)
    assert Path(row.mask).name == "sub-1_desc-brain_mask.nii.gz"


def test_linked_scans_and_masks_keep_the_names_of_their_links(tmp_path: Path) -> None:
    """DataLad lays files elsewhere, under checksums that say nothing of whose they are."""
    (tmp_path / "annex").mkdir()
    image, mask = (tmp_path / "annex" / name for name in ("SHA256-1.nii.gz", "SHA256-2.nii.gz"))
    for folder in ("bids/sub-1/anat", "plain/sub-1"):
        (tmp_path / folder).mkdir(parents=True)
        for file, name in ((image, "T1w"), (mask, "desc-brain_mask")):
            file.touch()
            (tmp_path / folder / f"sub-1_{name}.nii.gz").symlink_to(file)
    for row in [*bids_rows(tmp_path / "bids"), *folder_rows(tmp_path / "plain")]:
        assert (Path(row.path).name, row.subject) == ("sub-1_T1w.nii.gz", "sub-1")
        assert row.mask in ("", str(Path(row.path).with_name("sub-1_desc-brain_mask.nii.gz")))
    assert bids_rows(tmp_path / "bids")[0].mask


def test_sites_that_a_bids_folder_names_are_told_apart(tmp_path: Path) -> None:
    touch(tmp_path, "set/sub-1/anat/sub-1_T1w.nii.gz", "set/sub-2/anat/sub-2_T1w.nii.gz")
    (tmp_path / "set" / "participants.tsv").write_text("participant_id\tsite\nsub-1\tnorth\n")
    assert [row.site for row in bids_rows(tmp_path)] == ["set-north", "set"]


def test_real_bids_folders_are_listed_with_their_masks(real_data: Path) -> None:
    rows = list_rows(real_data / "ds000011")
    assert len(rows) == len({row.person for row in rows}) == 10
    assert {row.site for row in rows} == {"ds000011"}
    assert all(row.mask.endswith("_desc-brain_mask.nii.gz") for row in rows)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="BIDS"):
        bids_rows(tmp_path)
    with pytest.raises(InputError, match="no scan"):
        list_rows(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        list_rows(tmp_path / "gone")


def test_files_of_any_format_are_scans_and_masks_and_labels_are_none(tmp_path: Path) -> None:
    touch(tmp_path, "a.nii.gz", "b.mgz", "c.nrrd", "d.mha", "e.zip", "notes.txt", ".hidden.nii")
    touch(tmp_path, "a_mask.nii.gz", "b_aseg.mgz", "c_dseg.nii.gz")
    assert listed(tmp_path, folder_rows(tmp_path)) == [
        ("a.nii.gz", "a"),
        ("b.mgz", "b"),
        ("c.nrrd", "c"),
        ("d.mha", "d"),
        ("e.zip", "e"),
    ]


def test_scans_in_one_folder_are_of_one_subject(tmp_path: Path) -> None:
    touch(tmp_path, "anna/first.nii", "anna/later/second.nii", "bert/first.nii")
    rows = folder_rows(tmp_path)
    assert [row.subject for row in rows] == ["anna", "anna", "bert"]
    assert {row.site for row in rows} == {tmp_path.name}


def test_a_mask_belongs_to_the_scan_it_is_named_after(tmp_path: Path) -> None:
    touch(tmp_path, "p1.nii", "p1_run2.nii", "p1_run2_mask.nii.gz", "p10.nii", "p1_brain_mask.nii")
    masks = {Path(row.path).name: Path(row.mask).name for row in folder_rows(tmp_path)}
    assert masks == {
        "p1.nii": "p1_brain_mask.nii",
        "p1_run2.nii": "p1_run2_mask.nii.gz",
        "p10.nii": "",
    }


def test_dicom_below_a_folder_is_one_scan_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "x/study/series1/1.dcm", "x/study/series2/1.dcm", "y/1.dcm", "z/a.nii")
    assert listed(tmp_path, folder_rows(tmp_path)) == [("x", "x"), ("y", "y"), ("z/a.nii", "z")]


def test_a_dicom_folder_itself_and_a_file_itself_are_one_scan(tmp_path: Path) -> None:
    touch(tmp_path, "site/p1/1.dcm", "site/p2.nii")
    for name, subject in (("p1", "p1"), ("p2.nii", "p2")):
        (row,) = list_rows(tmp_path / "site" / name)
        assert (row.subject, row.site) == (subject, "site")


def test_a_pattern_finds_the_subject_in_the_path(tmp_path: Path) -> None:
    touch(tmp_path, "P01_before.nii", "P01_after.nii", "P02_before.nii")
    rows = list_rows(tmp_path, subject=r"(P\d+)_", site="clinic")
    assert [row.person for row in rows] == ["clinic/P01", "clinic/P01", "clinic/P02"]
    with pytest.raises(InputError, match="finds nothing"):
        list_rows(tmp_path, subject=r"Q(\d+)")
    with pytest.raises(InputError, match="subject pattern"):
        list_rows(tmp_path, subject="(")
