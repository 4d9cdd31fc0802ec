"""Prepared scans: on the scale of a conformed one, made once, from whatever form they come in."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.scan import conform, read_scan
from MotionQCTraining.data.manifest import Row, read_manifest
from MotionQCTraining.data.provenance import checksums
from MotionQCTraining.data.volumes import checksum_of, content_of, load, prepare

from ...Unit.scan.dicom_files import write_series
from ..conftest import phantom

GRID = (64, 64, 64)
KILLED = """
import os, signal, sys
import numpy as np
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.data.volumes import prepare

save, saved = np.savez, []

def savez(stream, **arrays):
    saved.append(stream)
    if len(saved) == 2:
        stream.write(b"half of a file")
        stream.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    save(stream, **arrays)

np.savez = savez
prepare(read_manifest(sys.argv[1])[:3], sys.argv[2], (64, 64, 64))
"""


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1000])


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)


@pytest.fixture
def a_row(small_dataset: Path) -> Row:
    return read_manifest(small_dataset)[0]


@pytest.mark.parametrize("floor", [0.0, -400.0])
def test_a_scan_on_its_own_grid_has_the_intensities_that_conform_gives(
    a_row: Row, tmp_path: Path, floor: float
) -> None:
    """A background below zero counts as zero, as it does when the scan is scored."""
    image = nib.load(a_row.path)
    shifted = tmp_path / "shifted.nii"
    nib.save(nib.Nifti1Image(image.get_fdata(dtype=np.float32) + floor, image.affine), shifted)
    row = replace(a_row, path=str(shifted))
    (file,) = prepare([row], tmp_path, None)
    scan = load(file, row)
    # On a scan's own lattice conform copies voxels. Half precision is all that differs, but for the
    # scale, which is found on the grid.
    copied = conform(read_scan(shifted), grid=(64, 64, 64), spacing_mm=3.0)
    on_the_grid = copied.data * copied.scale / conform(read_scan(shifted)).scale
    start = np.round((np.linalg.inv(scan.affine) @ copied.affine)[:3, 3]).astype(int)
    both = [(max(a, 0), min(a + 64, n)) for a, n in zip(start, scan.image.shape, strict=True)]
    assert min(end - first for first, end in both) > 50
    own = scan.image[tuple(slice(*ends) for ends in both)]
    shared = tuple(slice(*np.array(e) - a) for a, e in zip(start, both, strict=True))
    np.testing.assert_allclose(own, on_the_grid[shared], atol=2e-3)


def test_a_dicom_folder_and_a_zip_of_it_are_scans_like_any_other(tmp_path: Path) -> None:
    """Sagittal slices: columns run to the back, rows down, slices to the left."""
    stored = np.ascontiguousarray(phantom(1).transpose(1, 2, 0)[::-1, ::-1, ::-1]).astype(np.int16)
    folder = write_series(tmp_path / "series", stored, spacing=(3.0, 3.0, 3.0))
    archive = shutil.make_archive(str(tmp_path / "series"), "zip", folder)
    rows = [Row(str(folder), "sub-01", "here"), Row(archive, "sub-02", "here")]
    files = prepare(rows, tmp_path / "prepared", (96, 96, 96))
    one, two = (load(file, row) for file, row in zip(files, rows, strict=True))
    assert one.image.max() > 0.5
    np.testing.assert_array_equal(one.image, two.image)
    assert checksums(rows) == [checksum_of(file) for file in files]
    assert prepare(rows, tmp_path / "prepared", (96, 96, 96)) == files
    next(folder.iterdir()).write_bytes(b"changed")
    with pytest.raises(InputError, match="here/sub-01"):
        prepare(rows, tmp_path / "prepared", (96, 96, 96))


def test_scans_at_fault_are_named_one_by_one_and_then_in_one_error(
    a_row: Row, tmp_path: Path
) -> None:
    (tmp_path / "text.nii.gz").write_text("no image")
    (tmp_path / "empty").mkdir()
    rows = [
        Row(str(tmp_path / "text.nii.gz"), "sub-01", "here"),
        a_row,
        Row(str(tmp_path / "empty"), "sub-02", "here"),
        replace(a_row, subject="sub-03", mask=str(tmp_path / "text.nii.gz")),
    ]
    told: list[str] = []
    with pytest.raises(InputError, match="3 of 4 scans") as caught:
        prepare(rows, tmp_path / "prepared", (64, 64, 64), told.append)
    for name in ("here/sub-01", "here/sub-02", f"{a_row.site}/sub-03"):
        assert name in caught.value.message
        assert sum("cannot be used" in line and name in line for line in told) == 1
    assert len(list((tmp_path / "prepared").iterdir())) == 1


def test_a_prepared_scan_takes_four_bytes_a_voxel(a_row: Row, tmp_path: Path) -> None:
    """Two of the image, one of each distance."""
    (file,) = prepare([a_row], tmp_path, GRID)
    assert 4 * 64**3 < file.stat().st_size < 4 * 64**3 + 20_000


def test_a_damaged_file_is_found_and_made_again(a_row: Row, tmp_path: Path) -> None:
    (file,) = prepare([a_row], tmp_path, GRID)
    image = load(file, a_row).image
    for damage in (cut_off, flip_a_bit):
        damage(file)
        told: list[str] = []
        assert prepare([a_row], tmp_path, GRID, told.append) == [file]
        assert "is damaged" in told[0]
        np.testing.assert_array_equal(load(file, a_row).image, image)


def test_a_sound_file_is_left_as_it_is(a_row: Row, tmp_path: Path) -> None:
    (file,) = prepare([a_row], tmp_path, GRID)
    before = file.stat().st_mtime_ns
    told: list[str] = []
    prepare([a_row], tmp_path, GRID, told.append)
    assert (file.stat().st_mtime_ns, told) == (before, [])


def test_a_killed_preparation_goes_on_where_it_stopped(small_dataset: Path, tmp_path: Path) -> None:
    """The second scan's file is half written when the process dies."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(small_dataset), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    (first,) = tmp_path.glob("*.npz")
    rows = read_manifest(small_dataset)[:3]
    told: list[str] = []
    files = prepare(rows, tmp_path, GRID, told.append)
    assert first == files[0]
    assert [line.partition(" (")[0] for line in told] == [f"preparing {r.person}" for r in rows[1:]]
    assert ["2 of 3" in told[0], "3 of 3" in told[1]] == [True, True]
    whole = prepare(rows, tmp_path / "uninterrupted", GRID)
    for one, other, row in zip(files, whole, rows, strict=True):
        np.testing.assert_array_equal(load(one, row).image, load(other, row).image)


def test_names_that_are_no_file_names_do_no_harm(a_row: Row, tmp_path: Path) -> None:
    row = replace(a_row, site="north/../west", subject="a b:c")
    (file,) = prepare([row], tmp_path, GRID)
    assert file.parent == tmp_path
    assert file.name.startswith("north-..-west_a-b-c_")


def test_the_same_scan_is_known_again_under_another_name(a_row: Row, tmp_path: Path) -> None:
    other = replace(a_row, subject="somebody")
    one, two = prepare([a_row, other], tmp_path, GRID)
    assert one != two
    assert content_of(one) == content_of(two)
