"""Packed scans: small, close to what was packed, and usable where the originals are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from MotionQCLib.errors import InputError
from MotionQCTraining.data.manifest import Row, read_manifest
from MotionQCTraining.data.packed import STEP, _joined, _split, pack_scans, unpack
from MotionQCTraining.data.volumes import checksum_of, load, prepare

GRID = (64, 64, 64)


@pytest.fixture(scope="module")
def rows(small_dataset: Path) -> list[Row]:
    return read_manifest(small_dataset)[:3]


@pytest.fixture(scope="module")
def files(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> dict[Row, Path]:
    """The first two scans, prepared."""
    folder = tmp_path_factory.mktemp("prepared")
    return dict(zip(rows[:2], prepare(rows[:2], folder, GRID), strict=True))


@pytest.fixture(scope="module")
def packed(
    rows: list[Row], files: dict[Row, Path], tmp_path_factory: pytest.TempPathFactory
) -> list[Row]:
    folder = tmp_path_factory.mktemp("packed")
    return read_manifest(pack_scans(files, rows, folder))


@given(arrays(np.int16, (8, 16, 24), elements=st.integers(0, 255)))
@settings(max_examples=25)
def test_bands_are_joined_to_the_very_volume(levels: np.ndarray) -> None:
    np.testing.assert_array_equal(_joined(_split(levels)), levels)


def test_what_arrives_is_what_was_packed_but_for_the_stated_error(
    rows: list[Row], files: dict[Row, Path], packed: list[Row], tmp_path: Path
) -> None:
    arrived = prepare(packed[:2], tmp_path, GRID)
    for row, file in zip(rows, arrived, strict=False):
        before, after = load(files[row], row), load(file, row)
        error = np.abs(after.image - before.image)
        assert 0 < error.max() <= STEP / 2 + 1e-6
        assert np.sqrt((error**2).mean()) < 0.005
        for name in ("brain_distance", "head_distance", "affine", "center"):
            np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
        for axis, energy in before.energy.items():
            np.testing.assert_array_equal(after.energy[axis], energy)
        assert checksum_of(file) == checksum_of(files[row])
        assert (after.brain_only, after.has_brain_mask) == (
            before.brain_only,
            before.has_brain_mask,
        )


def test_a_packed_scan_takes_a_fraction_of_the_room(
    rows: list[Row], files: dict[Row, Path], packed: list[Row]
) -> None:
    assert Path(packed[0].path).stat().st_size < files[rows[0]].stat().st_size / 5


def test_packing_again_gives_the_same_bytes(
    rows: list[Row], files: dict[Row, Path], packed: list[Row], tmp_path: Path
) -> None:
    again = read_manifest(pack_scans(files, rows, tmp_path))
    for one, other in zip(packed, again, strict=True):
        assert Path(one.path).read_bytes() == Path(other.path).read_bytes()


def test_who_is_held_out_is_listed_and_does_not_travel(
    rows: list[Row], packed: list[Row], tmp_path: Path
) -> None:
    assert [row.person for row in packed] == [row.person for row in rows]
    with pytest.raises(InputError, match=rf"{rows[2].person}: was held out"):
        prepare(packed, tmp_path, GRID)


def test_another_grid_is_refused_with_both_named(packed: list[Row]) -> None:
    with pytest.raises(InputError, match=r"on grid \(64, 64, 64\), not \(96, 96, 96\)"):
        unpack(Path(packed[0].path), (96, 96, 96))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_file_that_was_cut_off_is_told(packed: list[Row], tmp_path: Path, share: float) -> None:
    content = Path(packed[0].path).read_bytes()
    cut = tmp_path / "cut.packed.npz"
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match="damaged"):
        unpack(cut, GRID)
