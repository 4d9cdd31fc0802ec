"""Scans on a published system's frame: the box, the centre, what is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import normalise
from MotionQCTraining.data.framed import Framing, center_crop, frame_scans, load_framed
from MotionQCTraining.data.manifest import Row, read_manifest

SMALL = Framing(frame=(72, 80, 72), spacing_mm=3.0)
AS_IS = Framing("as-is", frame=(48, 82, 64), spacing_mm=3.0)


def test_a_conformed_frame_has_the_brain_in_its_middle(small_dataset: Path, tmp_path: Path) -> None:
    rows = read_manifest(small_dataset)[:2]
    for file in frame_scans(rows, tmp_path, SMALL):
        head = load_framed(file)
        assert head.image.shape == SMALL.frame
        np.testing.assert_allclose(head.center, np.array(SMALL.frame) / 2 - 0.5, atol=0.6)


def test_a_prepared_scan_is_cropped_and_padded_about_its_middle(
    small_dataset: Path, tmp_path: Path
) -> None:
    row = read_manifest(small_dataset)[0]
    head = load_framed(frame_scans([row], tmp_path, AS_IS)[0])
    whole = np.asarray(nib.load(row.path).dataobj)
    expected = np.pad(whole[8:-8], [(0, 0), (4, 4), (0, 0)], constant_values=whole.min())
    np.testing.assert_allclose(
        normalise(head.image, "min-max"), normalise(expected, "min-max"), atol=1e-3
    )


def test_the_way_a_prepared_scan_is_stored_does_not_matter(
    small_dataset: Path, tmp_path: Path
) -> None:
    row = read_manifest(small_dataset)[0]
    image = nib.load(row.path)
    turned = image.as_reoriented(nib.orientations.axcodes2ornt("PIR"))
    nib.save(turned, tmp_path / "turned.nii.gz")
    files = frame_scans([row, replace(row, path=str(tmp_path / "turned.nii.gz"))], tmp_path, AS_IS)
    one, other = map(load_framed, files)
    np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_allclose(one.center, other.center, atol=1e-6)


def test_a_prepared_scan_of_another_spacing_is_refused(small_dataset: Path, tmp_path: Path) -> None:
    rows = read_manifest(small_dataset)[:1]
    with pytest.raises(InputError, match=r"where by: as-is expects 1.0 mm"):
        frame_scans(rows, tmp_path, replace(AS_IS, spacing_mm=1.0))


def test_scans_are_framed_once_and_again_where_damaged(small_dataset: Path, tmp_path: Path) -> None:
    rows = read_manifest(small_dataset)[:2]
    told: list[str] = []
    files = frame_scans(rows, tmp_path, SMALL, told.append)
    assert len(told) == 2
    files[1].write_bytes(b"cut short")
    assert frame_scans(rows, tmp_path, SMALL, told.append) == files
    assert told[2:] == [f"preparing {rows[1].person}"]


def test_a_name_tells_no_subject_and_every_framing_its_own(
    small_dataset: Path, tmp_path: Path
) -> None:
    rows = read_manifest(small_dataset)[:1]
    one, other = (frame_scans(rows, tmp_path, f)[0] for f in (SMALL, replace(SMALL, spacing_mm=4)))
    assert one != other
    assert "sub" not in one.name


def test_the_middle_of_a_volume_may_be_larger_than_it() -> None:
    volume = np.arange(1, 28, dtype=np.float32).reshape(3, 3, 3)
    assert center_crop(volume, (1, 1, 1)) == volume[1, 1, 1]
    grown = center_crop(volume, (5, 1, 3))
    assert grown.shape == (5, 1, 3)
    np.testing.assert_array_equal(grown[1:4, 0], volume[:, 1])
    assert (grown[[0, 4]] == 1).all()


@pytest.mark.parametrize(
    ("framing", "remedy"),
    [
        ({"by": "t1-linear"}, "takes an MNI152 T1 image"),
        ({"by": "t1-linear", "template": "t.nii"}, r"give \(169, 208, 179\) at 1 mm"),
        ({"spacing_mm": 0.0}, "a number above 0"),
        ({"frame": (0, 4, 4)}, "multiples of 1"),
    ],
)
def test_a_framing_that_cannot_be_is_refused(framing: dict, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        Framing(**framing)


def test_a_scan_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.nii.gz").write_bytes(b"no image")
    row = Row(str(tmp_path / "broken.nii.gz"), "sub-x", "site")
    with pytest.raises(InputError, match="site/sub-x"):
        frame_scans([row], tmp_path / "framed", SMALL)
