"""Array axes get the names that they deserve, and everybody gives them the same."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.transform import Rotation

from MotionQCLib.anatomy import axis_codes, nearest_axes
from MotionQCLib.motion.trajectory import slab_axis
from MotionQCLib.scan import Scan


def turned(rotation: Rotation) -> np.ndarray:
    """An affine of unequal voxels, one axis flipped."""
    affine = np.eye(4)
    affine[:3, :3] = rotation.as_matrix() * [1.0, -2.0, 3.0]
    return affine


@pytest.fixture(params=range(40))
def an_affine(request: pytest.FixtureRequest) -> np.ndarray:
    return turned(Rotation.random(random_state=request.param))


def test_the_pairing_is_the_best_of_all(an_affine: np.ndarray) -> None:
    direction = an_affine[:3, :3] / np.linalg.norm(an_affine[:3, :3], axis=0)
    array, world = linear_sum_assignment(-np.abs(direction.T))
    assert nearest_axes(an_affine)[0] == tuple(world[np.argsort(array)].tolist())


def test_the_sign_tells_the_direction(an_affine: np.ndarray) -> None:
    for axis, (world, sign) in enumerate(zip(*nearest_axes(an_affine), strict=True)):
        assert sign * an_affine[world, axis] > 0


def test_up_to_half_a_right_angle_nibabel_names_them_alike() -> None:
    for seed in range(40):
        axis = Rotation.random(random_state=seed).as_rotvec()
        affine = turned(Rotation.from_rotvec(np.deg2rad(44) * axis / np.linalg.norm(axis)))
        assert axis_codes(affine) == "".join(nibabel.aff2axcodes(affine))


def test_a_scans_codes_and_a_motions_slab_axis_tell_the_same(an_affine: np.ndarray) -> None:
    codes = Scan(np.zeros((2, 3, 4)), an_affine, "scan", "memory").axcodes
    for name in ("LR", "AP", "SI"):
        axis, reverse = slab_axis(an_affine, name)
        assert codes[axis] in name
        assert reverse == (codes[axis] in "LPI")
