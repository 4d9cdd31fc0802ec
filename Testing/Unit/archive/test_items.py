"""Scans are listed once each, and known again by what they are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np

from MotionQCLib.archive.items import key_of, list_items

from ..scan.dicom_files import write_series

SOME_VOXELS = np.ones((4, 5, 20), np.int16)


def test_sites_are_those_of_the_participants_table_else_the_data_set(an_archive: Path) -> None:
    assert [item.site for item in list_items([an_archive])] == ["east", "west", "study"]


def test_a_subjects_folder_is_of_its_data_sets_site(an_archive: Path) -> None:
    given = [an_archive / "sub-02", an_archive / "sub-03" / "anat"]
    assert [item.site for item in list_items(given)] == ["west", "study"]


def test_a_scan_named_twice_is_listed_once_and_alone_has_no_site(an_archive: Path) -> None:
    scan = an_archive / "sub-01" / "anat" / "sub-01_T1w.nii.gz"
    (item,) = list_items([scan, scan])
    assert (item.path, item.site, item.alone) == (scan, "", True)


def test_namesakes_are_not_alone(a_head_file: Path, tmp_path: Path) -> None:
    paths = [tmp_path / name / "T1w.nii.gz" for name in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        shutil.copy(a_head_file, path)
    items = list_items([*paths, a_head_file])
    assert [item.alone for item in items] == [False, False, True]
    assert items[0].key != items[1].key


def test_a_key_changes_with_the_file_and_holds_no_name(tmp_path: Path) -> None:
    scan = tmp_path / "Doe^Jane.nii"
    scan.write_bytes(b"one")
    first = key_of(scan)
    assert key_of(scan) == first
    os.utime(scan, (1, 1))
    second = key_of(scan)
    scan.write_bytes(b"longer")
    os.utime(scan, (1, 1))
    assert len({first, second, key_of(scan)}) == 3
    assert "Doe" not in first


def test_a_folder_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "1.dcm").write_bytes(b"x")
    before = key_of(tmp_path)
    (tmp_path / "2.dcm").write_bytes(b"y")
    assert key_of(tmp_path) != before


def test_series_of_one_dicom_folder_have_keys_and_names_of_their_own(tmp_path: Path) -> None:
    for number in (3, 4):
        write_series(tmp_path / "Doe", SOME_VOXELS, number=number)
    items = list_items([tmp_path / "Doe", tmp_path / "Doe"])
    assert [item.input for item in items] == [f"{tmp_path / 'Doe'}, series {n}" for n in (3, 4)]
    assert [(item.path, item.site) for item in items] == [(tmp_path / "Doe", "")] * 2
    assert len({item.key for item in items}) == 2
    (chosen,) = list_items([tmp_path / "Doe"], "4")
    assert (chosen.input, chosen.key) == (str(tmp_path / "Doe"), key_of(tmp_path / "Doe"))


def test_a_series_in_a_folder_of_its_own_is_as_if_that_folder_were_given(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_series(tmp_path / name, SOME_VOXELS)
    together = list_items([tmp_path])
    assert together == list_items([tmp_path / "a", tmp_path / "b"])


def test_what_does_not_exist_has_a_key_too(tmp_path: Path) -> None:
    assert key_of(tmp_path / "missing.nii")
