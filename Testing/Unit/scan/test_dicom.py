"""A DICOM series becomes the volume that ITK makes of it, and no name of a patient gets out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from MotionQCLib.errors import InputError
from MotionQCLib.scan import Scan, read_scan, slices
from MotionQCLib.scan.multiframe import single_frames

from .dicom_files import PATIENT, compress, write_enhanced, write_series

SHAPE = (13, 17, 20)
SPACING = (8.0, 9.0, 7.0)


def some_voxels() -> np.ndarray:
    return np.random.default_rng(4).integers(-50, 900, SHAPE).astype(np.int16)


def an_orientation(turned_deg) -> tuple[tuple[float, ...], tuple[float, ...]]:
    matrix = Rotation.from_euler("xyz", turned_deg, degrees=True).as_matrix()
    return tuple(matrix[:, 0]), tuple(matrix[:, 1])


def world_map(image: sitk.Image) -> np.ndarray:
    """Indices to RAS mm, from ITK's own mapping of points."""
    corners = np.array(
        [
            image.TransformIndexToPhysicalPoint(index)
            for index in np.eye(4, 3, -1, dtype=int).tolist()
        ]
    )
    corners = corners * [-1, -1, 1]
    return np.vstack([np.column_stack([(corners[1:] - corners[0]).T, corners[0]]), [0, 0, 0, 1]])


def read_by_itk(folder: Path) -> sitk.Image:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def assert_same_in_space(scan: Scan, image: sitk.Image) -> None:
    """Voxels and places agree, whichever end the slices are counted from."""
    data, affine = sitk.GetArrayFromImage(image).T, world_map(image)
    if np.sign(affine[:3, 2] @ scan.affine[:3, 2]) < 0:
        data, flip = data[:, :, ::-1], np.diag([1.0, 1.0, -1.0, 1.0])
        flip[2, 3] = data.shape[2] - 1
        affine = affine @ flip
    np.testing.assert_array_equal(scan.data, data)
    np.testing.assert_allclose(scan.affine, affine, atol=1e-4)


@pytest.mark.parametrize("turned_deg", [(0, 0, 0), (90, 0, 90), (8, -15, 100), (170, 20, 5)])
def test_a_folder_agrees_with_itk(tmp_path: Path, turned_deg) -> None:
    folder = write_series(
        tmp_path / "d",
        some_voxels(),
        spacing=SPACING,
        orientation=an_orientation(turned_deg),
        origin=(-31.5, 12.25, 8.0),
    )
    assert_same_in_space(read_scan(folder), read_by_itk(folder))


def test_the_slope_of_each_slice_is_applied(tmp_path: Path) -> None:
    folder = write_series(
        tmp_path / "d", some_voxels(), spacing=SPACING, RescaleSlope="0.5", RescaleIntercept="-7"
    )
    np.testing.assert_allclose(read_scan(folder).data, some_voxels() * 0.5 - 7)


@pytest.mark.parametrize("kind", ["RLE", "JPEG", "JPEG2000"])
def test_a_compressed_series_reads_as_the_plain_one(tmp_path: Path, kind: str) -> None:
    folder = write_series(tmp_path / "d", some_voxels(), spacing=SPACING, RescaleSlope="2")
    plain = read_scan(folder)
    packed = read_scan(compress(folder, kind))
    np.testing.assert_array_equal(packed.data, plain.data)
    np.testing.assert_array_equal(packed.affine, plain.affine)


@pytest.mark.parametrize("turned_deg", [(0, 0, 0), (8, -15, 100)])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "per frame"])
@pytest.mark.parametrize("order", [range(20), [*range(1, 20, 2), *range(0, 20, 2)]])
def test_an_enhanced_file_reads_as_the_series_of_its_slices(
    tmp_path: Path, turned_deg, shared: bool, order
) -> None:
    space = {
        "spacing": SPACING,
        "orientation": an_orientation(turned_deg),
        "origin": (-31.5, 12.25, 8.0),
    }
    plain = read_scan(write_series(tmp_path / "d", some_voxels(), **space))
    file = write_enhanced(
        tmp_path / "e.dcm", some_voxels(), **space, order=order, shared_orientation=shared
    )
    scan = read_scan(file)
    np.testing.assert_array_equal(scan.data, plain.data)
    np.testing.assert_allclose(scan.affine, plain.affine, atol=1e-6)
    assert (scan.source, scan.notes, scan.warnings) == ("e.dcm", plain.notes, ())


def test_the_slope_of_each_frame_is_applied(tmp_path: Path) -> None:
    file = write_enhanced(
        tmp_path / "e.dcm",
        some_voxels(),
        spacing=SPACING,
        rescale=lambda index: (0.5 + index, -index),
    )
    expected = some_voxels() * (0.5 + np.arange(20)) - np.arange(20)
    np.testing.assert_allclose(read_scan(file).data, expected)


def test_a_compressed_enhanced_file_is_read(tmp_path: Path) -> None:
    file = write_enhanced(tmp_path / "e" / "scan", some_voxels(), spacing=SPACING)
    compress(file.parent, "RLE")
    np.testing.assert_array_equal(read_scan(file.parent).data, some_voxels())


def test_enhanced_files_of_one_frame_each_make_a_series(tmp_path: Path) -> None:
    for index in range(20):
        file = tmp_path / "e" / f"{index:02d}"
        write_enhanced(
            file, some_voxels(), spacing=SPACING, order=[index], SeriesInstanceUID="1.2.3.4"
        )
    np.testing.assert_array_equal(read_scan(tmp_path / "e").data, some_voxels())


def test_taking_an_enhanced_file_apart_leaves_nothing_behind_and_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_enhanced(tmp_path / "e.dcm", some_voxels(), spacing=SPACING)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with single_frames([file], "e.dcm") as frames:
        contents = [frame.read_bytes() for frame in frames]
        assert len(contents) == 20
        assert oct(frames[0].parent.stat().st_mode)[-3:] == "700"
    assert not any(PATIENT.split("^")[0].encode() in content for content in contents)
    assert list((tmp_path / "temporary").iterdir()) == []


NAMES = {
    "japanese": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "頭部 t1_mprage"),
    "korean": (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "t1_mprage 머리"),
    "chinese": ("GB18030", "Wang^XiaoDong=王^小东", "t1_mprage 头"),
    "greek": ("ISO_IR 126", "Διονυσιος", "t1_mprage κεφάλι"),
    "utf-8": ("ISO_IR 192", "Ünsal^Çağla", "t1_mprage Schädel"),
    "unknown character set": ("ISO_IR 999", "Doe", "t1_mprage"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:Unknown encoding")
def test_a_name_in_any_script_is_neither_a_fault_nor_told(tmp_path: Path, name: str) -> None:
    charset, patient, description = NAMES[name]
    folder = write_series(
        tmp_path / "d",
        some_voxels(),
        spacing=SPACING,
        description=description,
        SpecificCharacterSet=charset,
        PatientName=patient,
    )
    scan = read_scan(folder)
    np.testing.assert_array_equal(scan.data, some_voxels())
    assert scan.notes == (f"DICOM series 3: {description} (20 images).",)
    with pytest.raises(InputError) as caught:
        read_scan(folder, series="9")
    assert not any(part in caught.value.message for part in re.split(r"[\^=]", patient) if part)


def test_a_zip_reads_as_its_folder(tmp_path: Path) -> None:
    folder = write_series(tmp_path / "d", some_voxels(), spacing=SPACING)
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("notes.txt", "not an image")
        for file in folder.iterdir():
            archive.write(file, f"study/deep/{file.name}")
    zipped, plain = read_scan(tmp_path / "d.zip"), read_scan(folder)
    np.testing.assert_array_equal(zipped.data, plain.data)
    np.testing.assert_array_equal(zipped.affine, plain.affine)
    assert zipped.source == "d.zip"


@pytest.fixture
def an_examination(tmp_path: Path) -> Path:
    """A localizer, a T1-weighted scan, a T2-weighted one."""
    folder = tmp_path / "examination"
    write_series(folder, some_voxels()[:, :, :3], number=1, description="localizer")
    write_series(folder, some_voxels(), spacing=SPACING, number=2, description="t1_mprage_sag")
    write_series(folder, some_voxels() + 1, spacing=SPACING, number=3, description="t2_space_sag")
    return folder


def test_the_one_t1_series_is_taken(an_examination: Path) -> None:
    scan = read_scan(an_examination)
    assert scan.notes == ("DICOM series 2: t1_mprage_sag (20 images).",)


def test_a_deflated_file_beside_it_does_not_matter(an_examination: Path) -> None:
    header = pydicom.dcmread(next(an_examination.iterdir()))
    header.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    header.SeriesInstanceUID = "1.2.3"
    header.save_as(an_examination / "report")
    np.testing.assert_array_equal(read_scan(an_examination).data, some_voxels())


def test_a_series_can_be_chosen_by_number(an_examination: Path) -> None:
    np.testing.assert_array_equal(read_scan(an_examination, series="3").data, some_voxels() + 1)


def test_an_unknown_series_lists_all_of_them(an_examination: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_scan(an_examination, series="9")
    assert caught.value.code == "unknown-series"
    for label in ("1: localizer (3 images)", "2: t1_mprage_sag (20", "3: t2_space_sag (20"):
        assert label in caught.value.message
    assert PATIENT.split("^")[0] not in caught.value.message


def test_two_t1_series_are_listed_and_nothing_else(an_examination: Path) -> None:
    write_series(an_examination, some_voxels(), number=7, description="T1w repeat")
    with pytest.raises(InputError) as caught:
        read_scan(an_examination)
    assert caught.value.code == "several-series"
    assert "7: T1w repeat" in caught.value.message
    assert "t2_space" not in caught.value.message


@pytest.mark.parametrize(
    "drop",
    [
        pytest.param((0, 1), id="first two"),
        pytest.param(tuple(range(1, 40, 2)), id="every second"),
    ],
)
def test_missing_slices_that_leave_no_gap_are_warned_of(tmp_path: Path, drop) -> None:
    data = np.random.default_rng(4).integers(-50, 900, (13, 17, 40)).astype(np.int16)
    (warning,) = read_scan(
        write_series(tmp_path / "d", data, spacing=(8, 9, 3.5), drop=drop)
    ).warnings
    assert warning.code == "incomplete-series"
    stated = 39 if 39 in drop else 40
    assert f"seems to lack {stated - 40 + len(drop)} of {stated} images" in warning.message
    assert PATIENT.split("^")[0] not in warning.message


def test_missing_slices_at_the_end_are_warned_of_where_the_headers_count_them(
    tmp_path: Path,
) -> None:
    folder = write_series(tmp_path / "d", some_voxels(), spacing=SPACING, ImagesInAcquisition=24)
    (warning,) = read_scan(folder).warnings
    assert "seems to lack 4 of 24 images" in warning.message


@pytest.mark.parametrize("tags", [{}, {"ImagesInAcquisition": 20}, {"InstanceNumber": None}])
def test_a_complete_series_is_not(tmp_path: Path, tags) -> None:
    assert (
        read_scan(write_series(tmp_path / "d", some_voxels(), spacing=SPACING, **tags)).warnings
        == ()
    )


def test_numbers_that_count_something_else_are_passed_over(tmp_path: Path) -> None:
    folder = write_series(tmp_path / "d", some_voxels(), spacing=SPACING)
    for file in folder.iterdir():
        header = pydicom.dcmread(file)
        header.InstanceNumber += 1000
        header.save_as(file)
    assert read_scan(folder).warnings == ()


def test_a_real_series_agrees_with_itk(real_data: Path, tmp_path: Path) -> None:
    archive = real_data / "studyforrest_T1w_dicom.zip"
    with zipfile.ZipFile(archive) as content:
        content.extractall(tmp_path)
    scan = read_scan(archive)
    assert_same_in_space(scan, read_by_itk(tmp_path))
    assert scan.shape == (274, 384, 384)
    assert not any("Doe" in note for note in scan.notes)
    assert scan.warnings == ()


def test_a_decoder_that_dies_or_lingers_is_a_fault_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = compress(write_series(tmp_path / "d", some_voxels(), spacing=SPACING), "RLE")
    for command in ("import os; os.abort()", "raise MemoryError", "pass"):
        monkeypatch.setattr(slices, "COMMAND", command)
        with pytest.raises(InputError, match="cannot be decoded") as caught:
            read_scan(folder)
        assert caught.value.code == "corrupt"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
@pytest.mark.parametrize("waste", ["while True: pass", "bytearray(8 << 30)"])
def test_a_decoder_has_limits_of_time_and_memory(waste: str) -> None:
    limits = "from MotionQCLib.scan.decoding import _limit; _limit(1)"
    done = subprocess.run(
        [sys.executable, "-c", f"{limits}\n{waste}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=300,
    )
    assert done.returncode != 0
