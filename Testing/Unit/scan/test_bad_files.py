"""Whatever is wrong with an input, one line says what it is and what to do."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from MotionQCLib.errors import InputError
from MotionQCLib.scan import read_scan

from .bad_files import BAD_FILES, volume, voxels, write_series
from .dicom_files import PATIENT

ALLOCATION_LIMIT = 16 * 2**20
HUGE = [entry for entry in BAD_FILES if entry[0].startswith(("huge", "zip-bomb"))]


def as_parameters(entries):
    return [pytest.param(build, code, id=name) for name, build, code in entries]


@pytest.mark.parametrize(("build", "code"), as_parameters(BAD_FILES))
def test_a_bad_file_gets_one_line_that_names_it(
    tmp_path: Path, build: Callable[[Path], Path], code: str
) -> None:
    path = build(tmp_path)
    with pytest.raises(InputError) as caught:
        read_scan(path)
    message = caught.value.message
    assert caught.value.code == code, message
    assert message.startswith(f"{path.name}: ")
    assert "\n" not in message
    assert str(tmp_path) not in message
    assert PATIENT.split("^")[0] not in message


def test_an_empty_folder_is_not_spoken_of_as_if_it_had_to_hold_dicom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        read_scan(".")
    assert caught.value.message.startswith(f"{tmp_path.name}: holds no scan, neither DICOM images ")
    assert "give the scan's own file, or the folder that holds it" in caught.value.message


def test_the_working_folder_is_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_series(tmp_path / "d", voxels(), spacing=(9, 8, 10))
    monkeypatch.chdir(folder)
    assert read_scan(".").source == "d"
    with pytest.raises(InputError, match=r"^d: no single series '9'"):
        read_scan(Path(), series="9")


@pytest.mark.parametrize(("build", "code"), as_parameters(HUGE))
def test_a_false_claim_of_size_allocates_next_to_nothing(
    tmp_path: Path, build: Callable[[Path], Path], code: str
) -> None:
    path = build(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            read_scan(path)
        assert tracemalloc.get_traced_memory()[1] < ALLOCATION_LIMIT
    finally:
        tracemalloc.stop()


def test_a_zip_slip_leaves_nothing_outside_its_folder(tmp_path: Path) -> None:
    build = {name: build for name, build, _ in BAD_FILES}["zip-slip"]
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    with pytest.raises(InputError):
        read_scan(build(inner))
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["scan.zip"]


@pytest.mark.parametrize("name", ["scan.nii", "scan.mgh", "scan.nrrd", "scan.mha"])
def test_no_damage_to_a_header_ends_in_a_defect(tmp_path: Path, name: str) -> None:
    sound, rng = a_sound_file(tmp_path, name).read_bytes(), np.random.default_rng(11)
    refused = 0
    for _ in range(60):
        damaged = bytearray(sound)
        for place in rng.integers(0, 360, 6):
            damaged[place] = rng.integers(0, 256)
        (tmp_path / name).write_bytes(damaged)
        try:
            read_scan(tmp_path / name)
        except InputError:
            refused += 1
    assert refused > 0


def a_sound_file(folder: Path, name: str) -> Path:
    if name.endswith(("nii", "mgh")):
        return volume(folder, name)
    image = sitk.GetImageFromArray(voxels().T)
    image.SetSpacing([9.0, 8.0, 10.0])
    sitk.WriteImage(image, str(folder / name))
    return folder / name
