"""Every series of a DICOM folder that can be meant is found, each at a place of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.scan import read_scan
from MotionQCLib.scan.dicom_series import list_scans

from .dicom_files import write_series

SPACING = (8.0, 9.0, 7.0)


def write(folder: Path, value: int = 0, *, slices: int = 20, **tags) -> Path:
    """A series whose voxels are around a value, by which it is known again."""
    voxels = np.random.default_rng(4).integers(0, 50, (13, 17, slices)) + value
    return write_series(folder, voxels.astype(np.int16), spacing=SPACING, **tags)


def values(folder: Path, wanted: str | None = None) -> list[int]:
    """What is read, in hundreds, from every place that is listed."""
    scans = [read_scan(place, series=one or wanted) for place, one in list_scans(folder, wanted)]
    return [int(scan.data.min()) // 100 for scan in scans]


def test_a_series_in_a_folder_of_its_own_is_read_there(tmp_path: Path) -> None:
    for number, name in enumerate("ab"):
        write(tmp_path / name, 100 * number, number=3)
    write(tmp_path / "scout", number=1, slices=3, description="localizer")
    assert list_scans(tmp_path) == [(tmp_path / "a", None), (tmp_path / "b", None)]
    assert values(tmp_path) == [0, 1]


def test_series_in_one_folder_are_told_apart_by_number(tmp_path: Path) -> None:
    for number in (3, 12):
        write(tmp_path, 100 * number, number=number)
    write(tmp_path, number=5, description="t2_tse")
    assert list_scans(tmp_path) == [(tmp_path, "3"), (tmp_path, "12")]
    assert values(tmp_path) == [3, 12]


@pytest.mark.parametrize("number", [3, None])
def test_series_of_one_number_are_told_apart_by_their_identifiers(
    tmp_path: Path, number: int | None
) -> None:
    for value in (100, 200):
        # The writer names files by number.
        write(tmp_path, value, number=value, SeriesNumber=number)
    assert sorted(values(tmp_path)) == [1, 2]


def test_every_study_has_its_own_candidates(tmp_path: Path) -> None:
    write(tmp_path / "named", 100, number=3, StudyInstanceUID="1.1")
    write(tmp_path / "named", 200, number=4, StudyInstanceUID="1.1", description="t2_tse")
    write(tmp_path / "unnamed", 300, number=3, StudyInstanceUID="1.2", description="")
    assert list_scans(tmp_path) == [(tmp_path / "named", None), (tmp_path / "unnamed", None)]
    assert values(tmp_path) == [1, 3]


def test_a_number_that_was_asked_for_is_found_in_every_study(tmp_path: Path) -> None:
    for patient in (1, 2):
        for number in (3, 4):
            folder = tmp_path / f"p{patient}"
            write(
                folder,
                100 * (10 * patient + number),
                number=number,
                StudyInstanceUID=f"1.{patient}",
            )
    assert values(tmp_path, "4") == [14, 24]
    assert values(tmp_path) == [13, 14, 23, 24]


@pytest.mark.parametrize("descriptions", [("t1_mprage", "t2_tse"), ("t2_tse",), ()])
def test_a_folder_with_one_candidate_or_none_stands_for_itself(
    tmp_path: Path, descriptions: tuple[str, ...]
) -> None:
    for number, description in enumerate(descriptions):
        write(tmp_path / str(number), number=number, description=description)
    assert list_scans(tmp_path) == [(tmp_path, None)]
    assert list_scans(tmp_path, "9") == [(tmp_path, None)]


def test_what_cannot_be_read_is_left_to_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        write(tmp_path / name)
    monkeypatch.setattr("MotionQCLib.scan.dicom_series.MAX_FILES", 10)
    assert list_scans(tmp_path) == [(tmp_path, None)]
