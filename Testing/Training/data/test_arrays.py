"""Arrays on disk: mapped, checked, and never half there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from MotionQCTraining.data.arrays import (
    is_whole,
    kept_array,
    map_arrays,
    save_array,
    save_arrays,
)


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "image": rng.standard_normal((40, 50, 60)).astype(np.float16),
        "columns": np.asfortranarray(rng.standard_normal((60, 50, 40))),
        "center": rng.standard_normal(3),
        "flag": np.array(True),
    }


def test_mapped_arrays_are_those_that_numpy_reads(
    arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    save_arrays(tmp_path / "a.npz", arrays)
    mapped = map_arrays(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as read:
        assert set(mapped) == set(read.files) == set(arrays)
        for name in arrays:
            assert mapped[name].dtype == read[name].dtype
            np.testing.assert_array_equal(mapped[name], read[name])


def test_large_arrays_stay_on_disk_and_cannot_be_changed(
    arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    save_arrays(tmp_path / "a.npz", arrays)
    mapped = map_arrays(tmp_path / "a.npz")
    assert {name for name, array in mapped.items() if isinstance(array, np.memmap)} == {
        "image",
        "columns",
    }
    with pytest.raises(ValueError, match="read-only"):
        mapped["image"][0] = 0


@given(st.integers(0, 10**9), st.integers(0, 7))
def test_one_bit_changed_in_an_array_is_found(
    tmp_path_factory: pytest.TempPathFactory, where: int, bit: int
) -> None:
    file = tmp_path_factory.mktemp("arrays") / "a.npz"
    save_arrays(file, {"a": np.arange(3000.0)})
    assert is_whole(file)
    content = bytearray(file.read_bytes())
    content[200 + where % (3000 * 8)] ^= 1 << bit
    file.write_bytes(content)
    assert not is_whole(file)


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 100])
def test_what_is_no_such_file_is_not_whole(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    assert not is_whole(tmp_path / "a.npz")
    assert not is_whole(tmp_path / "gone.npz")


@pytest.mark.parametrize("mapped", [False, True])
def test_a_kept_array_is_given_back_and_none_where_it_is_absent_or_damaged(
    tmp_path: Path, mapped: bool
) -> None:
    file, array = tmp_path / "kept.npy", np.arange(60.0).reshape(3, 4, 5)
    assert kept_array(file, mapped=mapped) is None
    save_array(file, array)
    np.testing.assert_array_equal(kept_array(file, mapped=mapped), array)
    whole = file.read_bytes()
    for left in (0, 5, 40, len(whole) - 8):
        file.write_bytes(whole[:left])
        assert kept_array(file, mapped=mapped) is None, left
