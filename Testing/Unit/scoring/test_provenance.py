"""What a report may call a scan, and how it knows it again."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from MotionQCLib.errors import InputError
from MotionQCLib.scan import Scan, read_scan
from MotionQCLib.scoring.provenance import (
    InputIdentity,
    ScanChecksum,
    identify_input,
    scan_checksum,
    voxel_sha256,
)

from ..scan.dicom_files import write_series

A_CHECKSUM = ScanChecksum("0123456789abcdef" * 4, "file")


def identified(path: Path, series: str | None = None) -> InputIdentity:
    return identify_input(path, scan_checksum(read_scan(path, series=series), path))


def written(path: Path, *, seed: int = 0, compress: bool = False) -> Path:
    """A small image of noise in the format of the name."""
    noise = np.random.default_rng(seed).integers(0, 900, (12, 14, 16)).astype(np.int16)
    image = sitk.GetImageFromArray(noise)
    image.SetSpacing([9.0, 8.0, 10.0])
    path.parent.mkdir(exist_ok=True)
    sitk.WriteImage(image, str(path), compress)
    return path


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("T1.nii.gz", "T1"),
        ("T1.nii", "T1"),
        ("a.b.nhdr", "a.b"),
        ("T1.NHDR", "T1"),
        ("T1.mhd", "T1"),
        ("T1.mgz", "T1"),
    ],
)
def test_an_image_keeps_its_own_name_without_its_folders(
    tmp_path: Path, name: str, stem: str
) -> None:
    identity = identify_input(tmp_path / name, A_CHECKSUM)
    assert (identity.name, identity.stem) == (name, stem)


@pytest.mark.parametrize("name", ["DOE^JANE.zip", "IM0001", "doe.dcm"])
def test_a_dicom_input_is_called_by_its_checksum(tmp_path: Path, name: str) -> None:
    identity = identify_input(tmp_path / name, A_CHECKSUM)
    assert identity.name == identity.stem == "dicom-0123456789ab"


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii", "a.nrrd", "a.mha"])
def test_a_scan_in_one_file_has_that_files_checksum(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name)
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert identified(path).checksum == ScanChecksum(expected, "file")


@pytest.mark.parametrize("name", ["a.nhdr", "a.mhd"])
@pytest.mark.parametrize("compress", [False, True])
def test_two_scans_whose_headers_are_the_same_are_told_apart(
    tmp_path: Path, name: str, compress: bool
) -> None:
    one = written(tmp_path / "one" / name, seed=1, compress=compress)
    two = written(tmp_path / "two" / name, seed=2, compress=compress)
    shutil.copy(one, two)
    first, second = identified(one), identified(two)
    assert first.checksum.of == second.checksum.of == "voxels"
    assert first.checksum != second.checksum
    assert first.name == second.name == name


def test_a_changed_voxel_file_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mhd")
    before = identified(path)
    content = bytearray((tmp_path / "a.raw").read_bytes())
    content[1234] ^= 1
    (tmp_path / "a.raw").write_bytes(content)
    assert identified(path).checksum != before.checksum


def write_dicom(folder: Path, *numbers: int) -> Path:
    """A folder with a series of noise for each number."""
    for number in numbers:
        noise = np.random.default_rng(number).integers(0, 900, (12, 14, 20)).astype(np.int16)
        write_series(folder, noise, spacing=(9.0, 8.0, 10.0), number=number)
    return folder


def test_two_series_of_one_folder_are_told_apart(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "DOE_JANE", 3, 5)
    first, second = identified(folder, "3"), identified(folder, "5")
    assert first.stem != second.stem
    assert first == identified(folder, "3")


def test_a_folder_is_known_again_whatever_its_files_are_called(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "DOE_JANE", 3)
    (tmp_path / "other").mkdir()
    for number, file in enumerate(sorted(folder.iterdir())):
        shutil.copy(file, tmp_path / "other" / f"{97 - number}")
    first, second = identified(folder), identified(tmp_path / "other")
    assert first == second
    assert "DOE" not in first.name


def test_a_scan_in_memory_has_the_checksum_of_its_voxels(a_head_scan: Scan) -> None:
    assert scan_checksum(a_head_scan) == ScanChecksum(voxel_sha256(a_head_scan), "voxels")


def test_the_checksum_of_voxels_is_the_one_that_is_described() -> None:
    data = np.array([[[1, 2], [3, 4]], [[5, 6], [7, -8]]], np.int16)
    affine = np.diag([1.5, -2.0, 3.0, 1.0])
    in_file_order = b"".join(
        int(data[i, j, k]).to_bytes(2, "little", signed=True)
        for k in range(2)
        for j in range(2)
        for i in range(2)
    )
    matrix = np.array(affine, "<f8").tobytes()
    expected = hashlib.sha256(b"<i2 2 2 2\n" + matrix + in_file_order).hexdigest()
    assert voxel_sha256(Scan(data, affine, "a", "memory")) == expected


@pytest.mark.parametrize(
    "same",
    [
        lambda scan: dataclasses.replace(scan, data=np.asfortranarray(scan.data)),
        lambda scan: dataclasses.replace(scan, data=np.ascontiguousarray(scan.data)),
        lambda scan: dataclasses.replace(scan, data=scan.data.astype(">f4")),
        lambda scan: dataclasses.replace(scan, affine=scan.affine + 1e-9),
        lambda scan: dataclasses.replace(scan, source="another name", notes=("A note.",)),
    ],
)
def test_memory_order_byte_order_and_names_do_not_matter(
    a_head_scan: Scan, same: Callable[[Scan], Scan]
) -> None:
    assert voxel_sha256(same(a_head_scan)) == voxel_sha256(a_head_scan)


@pytest.mark.parametrize(
    "other",
    [
        lambda scan: dataclasses.replace(scan, data=scan.data[:, :, ::-1]),
        lambda scan: dataclasses.replace(scan, data=scan.data.reshape(scan.data.shape[::-1])),
        lambda scan: dataclasses.replace(scan, affine=scan.affine + 1e-3),
    ],
)
def test_other_voxels_another_shape_or_another_place_matter(
    a_head_scan: Scan, other: Callable[[Scan], Scan]
) -> None:
    assert voxel_sha256(other(a_head_scan)) != voxel_sha256(a_head_scan)


def test_a_file_that_is_gone_by_now_is_a_fault_of_the_input(
    a_head_scan: Scan, tmp_path: Path
) -> None:
    gone = dataclasses.replace(a_head_scan, whole_file=True)
    with pytest.raises(InputError, match=r"a\.nii: cannot be read a second time"):
        scan_checksum(gone, tmp_path / "a.nii")


def test_bids_entities_are_read_from_the_name(tmp_path: Path) -> None:
    path = tmp_path / "sub-007_ses-b_acq-headmotion1_run-2_T1w.nii"
    assert identify_input(path, A_CHECKSUM).bids_meta == {
        "subject_id": "007",
        "session_id": "b",
        "acquisition_id": "headmotion1",
        "run_id": "2",
        "suffix": "T1w",
    }


def test_other_names_have_no_bids_entities(tmp_path: Path) -> None:
    assert identify_input(tmp_path / "run-2.mgz", A_CHECKSUM).bids_meta == {}
