"""Files are called by their base names, and by more where two share one."""

from __future__ import annotations

import pytest

from MotionQCLib.cli.short_names import short_names


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/x/a.nii", "b.nii"], ["a.nii", "b.nii"]),
        (["/x/1/T1.nii", "/x/2/T1.nii", "/x/2/b.nii"], ["1/T1.nii", "2/T1.nii", "b.nii"]),
        (["/x/1/anat/T1.nii", "/x/2/anat/T1.nii"], ["1/anat/T1.nii", "2/anat/T1.nii"]),
        (["T1.nii", "y/T1.nii"], ["T1.nii", "y/T1.nii"]),
        (["/T1.nii", "T1.nii"], ["/T1.nii", "T1.nii"]),
        (["./T1.nii", "T1.nii"], ["T1.nii", "T1.nii"]),
        (["."], ["."]),
        ([], []),
    ],
)
def test_a_name_is_as_short_as_tells_it_from_the_others(paths: list[str], names: list[str]) -> None:
    assert short_names(paths) == dict(zip(paths, names, strict=True))


def test_the_order_is_that_of_the_paths() -> None:
    paths = ["/x/1/T1.nii", "/b.nii", "/x/2/T1.nii"]
    assert list(short_names(paths)) == paths
