"""Voxels beside or after a header of text: where they are, and what is wrong with the header."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.scan.stored import StoredVoxels, file_beside, header_faults


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_voxels_are_read_from_where_they_begin_in_their_own_byte_order(
    tmp_path: Path, byte_order: str
) -> None:
    voxels = np.arange(24, dtype=f"{byte_order}i2").reshape((2, 3, 4), order="F")
    (tmp_path / "file").write_bytes(b"header\n" + voxels.tobytes(order="F"))
    stored = StoredVoxels(tmp_path / "file", 7, "none", voxels.dtype)
    np.testing.assert_array_equal(stored.read([2, 3, 4], "file"), voxels)


def test_a_voxel_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.nhdr: its voxel file a\.raw is missing"):
        file_beside(tmp_path / "a.nhdr", "a.raw")


@pytest.mark.parametrize("fault", [KeyError("sizes"), ValueError("x"), IndexError(3)])
def test_what_a_damaged_header_makes_python_raise_is_a_fault_of_the_input(fault: Exception) -> None:
    with pytest.raises(InputError, match=r"a\.nrrd: its NRRD header") as caught:
        parse(fault)
    assert caught.value.code == "corrupt"


def test_a_fault_that_is_explained_already_stays_as_it_is() -> None:
    with pytest.raises(InputError, match="cut off"):
        parse(InputError("truncated", "cut off"))


def parse(fault: Exception) -> None:
    with header_faults(Path("a.nrrd"), "NRRD"):
        raise fault
