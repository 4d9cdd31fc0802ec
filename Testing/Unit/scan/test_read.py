"""Every format gives the voxels, and the place of every voxel, that another reader gives."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from MotionQCLib.errors import InputError
from MotionQCLib.scan import expand_inputs, read_scan

from .conftest import turned_affine

SHAPE = (11, 14, 9)
AFFINE = turned_affine(SHAPE, (9, 8, 10), (11, -6, 17), "PSR")
FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])


def some_voxels(dtype) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 250, SHAPE).astype(dtype)


def sitk_image(dtype) -> sitk.Image:
    """The voxels with the affine, in ITK's convention."""
    image = sitk.GetImageFromArray(some_voxels(dtype).T)
    lps = FLIP @ AFFINE
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    return image


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.mgh", "a.mgz", "A.NII.GZ"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_nifti_and_mgh_agree_with_nibabel(tmp_path: Path, name: str, dtype) -> None:
    kind = nib.MGHImage if "mg" in name else nib.Nifti1Image
    nib.save(kind(some_voxels(dtype), AFFINE), tmp_path / name)
    scan, oracle = read_scan(tmp_path / name), nib.load(tmp_path / name)
    np.testing.assert_array_equal(scan.data, oracle.get_fdata())
    np.testing.assert_allclose(scan.affine, oracle.affine, atol=1e-6)
    assert scan.data.dtype == dtype
    assert scan.source == name


@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr", "a.mha", "a.mhd"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32])
@pytest.mark.parametrize("compress", [False, True])
def test_nrrd_and_metaimage_agree_with_itk(tmp_path: Path, name: str, dtype, compress) -> None:
    sitk.WriteImage(sitk_image(dtype), str(tmp_path / name), compress)
    scan = read_scan(tmp_path / name)
    np.testing.assert_array_equal(scan.data, some_voxels(dtype))
    np.testing.assert_allclose(scan.affine, AFFINE, atol=1e-4)
    assert scan.data.dtype == dtype


def test_an_nrrd_in_ras_is_placed_as_itk_places_it(tmp_path: Path) -> None:
    sitk.WriteImage(sitk_image(np.int16), str(tmp_path / "lps.nrrd"))
    content = (tmp_path / "lps.nrrd").read_bytes()
    (tmp_path / "ras.nrrd").write_bytes(
        content.replace(b"left-posterior-superior", b"right-anterior-superior")
    )
    itk = sitk.ReadImage(str(tmp_path / "ras.nrrd"))
    corner = FLIP[:3, :3] @ itk.TransformIndexToPhysicalPoint((3, 4, 5))
    scan = read_scan(tmp_path / "ras.nrrd")
    assert (scan.affine @ [3, 4, 5, 1])[:3] == pytest.approx(corner, abs=1e-4)


def test_slope_and_intercept_are_applied(tmp_path: Path) -> None:
    image = nib.Nifti1Image(some_voxels(np.int16), AFFINE)
    image.header.set_slope_inter(0.25, -3.0)
    image.to_filename(tmp_path / "a.nii.gz")
    stored = np.asanyarray(nib.load(tmp_path / "a.nii.gz").dataobj.get_unscaled())
    scan = read_scan(tmp_path / "a.nii.gz")
    np.testing.assert_allclose(scan.data, stored * 0.25 - 3.0, rtol=1e-6)
    assert scan.data.dtype == np.float32


def test_a_big_endian_file_comes_in_native_order(tmp_path: Path) -> None:
    header = nib.Nifti1Header(endianness=">")
    header.set_data_dtype(np.int16)
    nib.save(nib.Nifti1Image(some_voxels(np.int16), AFFINE, header), tmp_path / "a.nii")
    scan = read_scan(tmp_path / "a.nii")
    np.testing.assert_array_equal(scan.data, some_voxels(np.int16))
    assert scan.data.dtype.isnative


def test_nifti_2_is_read(tmp_path: Path) -> None:
    nib.save(nib.Nifti2Image(some_voxels(np.int16), AFFINE), tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(read_scan(tmp_path / "a.nii.gz").data, some_voxels(np.int16))


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd", "a.mha"])
def test_one_frame_in_four_dimensions_is_accepted(tmp_path: Path, name: str) -> None:
    if name == "a.nii.gz":
        image = nib.Nifti1Image(some_voxels(np.int16)[..., np.newaxis], AFFINE)
        nib.save(image, tmp_path / name)
    else:
        sitk.WriteImage(sitk.JoinSeries(sitk_image(np.int16)), str(tmp_path / name))
    scan = read_scan(tmp_path / name)
    np.testing.assert_array_equal(scan.data, some_voxels(np.int16))
    np.testing.assert_allclose(scan.affine, AFFINE, atol=1e-4)


def test_an_axis_of_an_nrrd_that_is_not_in_space_has_no_spacing(tmp_path: Path) -> None:
    header = (
        "NRRD0004\ntype: int16\ndimension: 4\nsizes: 1 11 14 9\nspacings: nan 9 8 10\n"
        "kinds: scalar domain domain domain\nendian: little\nencoding: raw\n\n"
    )
    voxels = some_voxels(np.int16).tobytes(order="F")
    (tmp_path / "a.nrrd").write_bytes(header.encode() + voxels)
    scan = read_scan(tmp_path / "a.nrrd")
    np.testing.assert_array_equal(scan.data, some_voxels(np.int16))
    assert scan.spacing == pytest.approx([9, 8, 10])


def test_a_file_of_several_gzip_members_is_read_whole(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(some_voxels(np.int16), AFFINE), tmp_path / "a.nii")
    content = (tmp_path / "a.nii").read_bytes()
    members = [gzip.compress(content[start : start + 500]) for start in range(0, len(content), 500)]
    (tmp_path / "b.nii.gz").write_bytes(b"".join(members))
    np.testing.assert_array_equal(read_scan(tmp_path / "b.nii.gz").data, some_voxels(np.int16))


def a_nifti_nowhere(folder: Path) -> Path:
    image = nib.Nifti1Image(some_voxels(np.int16), None)
    image.header.set_zooms((9, 8, 10))
    nib.save(image, folder / "a.nii")
    return folder / "a.nii"


def an_mgh_nowhere(folder: Path) -> Path:
    """With `goodRASFlag` cleared, which nibabel hides."""
    nib.save(nib.MGHImage(some_voxels(np.int16), np.diag([9.0, 8, 10, 1])), folder / "a.mgh")
    content = bytearray((folder / "a.mgh").read_bytes())
    content[28:30] = bytes(2)
    # The default is voxels of 1 mm, and a head of 14 mm is none.
    content[4:16] = np.array([60, 70, 50], ">i4").tobytes()
    voxels = np.resize(some_voxels(">i2"), 60 * 70 * 50).tobytes()
    (folder / "a.mgh").write_bytes(bytes(content[:284]) + voxels)
    return folder / "a.mgh"


def without_line(name: str, start: bytes, instead: bytes = b"") -> Callable[[Path], Path]:
    """A header of ITK that lacks a line, or has another in its place."""

    def build(folder: Path) -> Path:
        sitk.WriteImage(sitk_image(np.int16), str(folder / name))
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        changed = [instead if line.startswith(start) else line for line in lines]
        assert changed != lines
        (folder / name).write_bytes(b"".join(changed))
        return folder / name

    return build


@pytest.mark.parametrize(
    ("build", "axcodes"),
    [
        (a_nifti_nowhere, "LAS"),
        (an_mgh_nowhere, "LIA"),
        (without_line("a.nhdr", b"space:"), None),
        (without_line("a.nhdr", b"space directions:", b"spacings: 9 8 10\n"), "LPS"),
        (without_line("a.mhd", b"TransformMatrix"), "LPS"),
    ],
)
def test_a_header_without_orientation_is_warned_of(
    tmp_path: Path, build: Callable[[Path], Path], axcodes: str | None
) -> None:
    scan = read_scan(build(tmp_path))
    assert [warning.code for warning in scan.warnings] == ["no-orientation"]
    assert axcodes in (None, scan.axcodes)


@pytest.mark.parametrize("name", ["a.nii.gz", "a.mgz", "a.nrrd", "a.nhdr", "a.mha", "a.mhd"])
def test_a_header_with_orientation_is_not(tmp_path: Path, name: str) -> None:
    if name == "a.mgz":
        nib.save(nib.MGHImage(some_voxels(np.int16), AFFINE), tmp_path / name)
    else:
        sitk.WriteImage(sitk_image(np.int16), str(tmp_path / name))
    scan = read_scan(tmp_path / name)
    assert scan.warnings == ()
    assert scan.whole_file == (name not in ("a.nhdr", "a.mhd"))


def test_a_series_cannot_be_chosen_from_a_single_volume(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(some_voxels(np.int16), AFFINE), tmp_path / "a.nii")
    with pytest.raises(InputError, match="DICOM"):
        read_scan(tmp_path / "a.nii", series="3")


def test_a_bids_folder_stands_for_its_raw_t1w_files(tmp_path: Path) -> None:
    wanted = ["sub-01/anat/sub-01_T1w.nii.gz", "sub-02/ses-1/anat/sub-02_ses-1_T1w.nii"]
    other = [
        "derivatives/x/sub-01/anat/sub-01_T1w.nii.gz",
        "sub-01/anat/sub-01_T2w.nii.gz",
        "sub-01/anat/._sub-01_T1w.nii.gz",
    ]
    for name in wanted + other:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert expand_inputs(tmp_path) == [tmp_path / name for name in wanted]
    assert expand_inputs(tmp_path / "sub-02") == [tmp_path / wanted[1]]


def test_a_file_or_a_dicom_folder_stands_for_itself(tmp_path: Path) -> None:
    assert expand_inputs(tmp_path) == [tmp_path]
    assert expand_inputs(tmp_path / "a.nii") == [tmp_path / "a.nii"]


def test_a_plain_folder_stands_for_its_image_files(tmp_path: Path) -> None:
    wanted = ["a.nii.gz", "b.mha", "deeper/c.MGZ", "deeper/d.nrrd"]
    for name in (*wanted, "notes.txt", ".hidden.nii", "derivatives/e.nii", "f.zip"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert expand_inputs(tmp_path) == [tmp_path / name for name in wanted]


def test_a_dicom_folder_stands_for_itself_whatever_was_converted_beside_it(tmp_path: Path) -> None:
    (tmp_path / "IM0001").write_bytes(bytes(128) + b"DICM" + bytes(200))
    (tmp_path / "converted.nii.gz").touch()
    assert expand_inputs(tmp_path) == [tmp_path]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
def test_reading_takes_four_times_the_scan_as_float32_at_most(
    tmp_path: Path, dtype: type, scaled: bool, name: str
) -> None:
    data = np.random.default_rng(3).integers(0, 200, (90, 100, 80)).astype(dtype)
    image = nib.Nifti1Image(data, np.eye(4))
    if scaled:
        image.header.set_slope_inter(0.5, 3)
    nib.save(image, tmp_path / name)
    read_scan(tmp_path / name)
    tracemalloc.start()
    try:
        read_scan(tmp_path / name)
        assert tracemalloc.get_traced_memory()[1] < 4 * 4 * data.size + 10e6
    finally:
        tracemalloc.stop()
