"""Poses and their distance: published vectors, other libraries, and what must not change them."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from MotionQCLib.motion import matrix_pose, pose_matrix, rms_deviation

CENTER = (10.0, -20.0, 15.0)
POSES = arrays(float, 6, elements=st.floats(-30, 30))


def about_center(*pose):
    return pose_matrix(pose, CENTER)


@pytest.mark.parametrize(
    ("pose", "at_80", "at_82_5"),
    [
        ((0, 0, 0, 0, 0, 1), 0.8830633042, 0.9106590325),
        ((0, 0, 0, 0, 0, 2), 1.7660593598, 1.8212487148),
        ((0, 0, 0, 5, 0, 0), 4.4139716549, 4.5519082691),
        ((0, 0, 0, 0, 10, 0), 8.8195410639, 9.0951517221),
        ((1, 2, 3, 0, 0, 0), 3.7416573868, 3.7416573868),
        ((1, 2, 3, 0, 0, 2), 4.1375071797, 4.1613635843),
        ((0, 0, -2, 5, 0, 0), 4.8459411645, 4.9719079728),
        ((0.5, -1, 2, 1, 2, 3), 4.0304148712, 4.1160807636),
    ],
)
def test_deviation_from_rest_is_the_reference_vector(pose, at_80, at_82_5):
    matrix = about_center(*pose)
    assert rms_deviation(matrix, center=CENTER) == pytest.approx(at_80, abs=1e-6)
    assert rms_deviation(matrix, center=CENTER, radius=82.5) == pytest.approx(at_82_5, abs=1e-6)


@pytest.mark.parametrize(
    ("matrix", "center", "at_80", "at_82_5"),
    [
        (pose_matrix((0, 0, 0, 0, 0, 2)), CENTER, 1.9308388444, 1.9814438831),
        (pose_matrix((1, 2, 2, 0, 0, 1)), (0, 0, 0), 3.1272673054, 3.1351714265),
    ],
)
def test_deviation_of_a_turn_about_the_origin_is_the_reference_vector(
    matrix, center, at_80, at_82_5
):
    assert rms_deviation(matrix, center=center) == pytest.approx(at_80, abs=1e-6)
    assert rms_deviation(matrix, center=center, radius=82.5) == pytest.approx(at_82_5, abs=1e-6)


def test_deviation_between_two_poses_is_the_reference_vector():
    a, b = about_center(0, 0, 0, 1, 0, 0), about_center(1, 2, 3, 0, 2, 0)
    assert rms_deviation(a, b, CENTER) == pytest.approx(4.2306653076, abs=1e-6)
    assert rms_deviation(a, b, CENTER, 82.5) == pytest.approx(4.2598115171, abs=1e-6)


def test_inverting_both_maps_changes_the_deviation_as_in_the_reference():
    a, b = about_center(1, 2, 3, 1, 0, 3), about_center(0, 1, -1, 0, -2, 0)
    assert rms_deviation(a, b, CENTER) == pytest.approx(5.385617, abs=1e-6)
    inverted = rms_deviation(np.linalg.inv(a), np.linalg.inv(b), CENTER)
    assert inverted == pytest.approx(5.384630, abs=1e-6)


def test_deviation_is_the_mean_square_distance_over_a_sphere(rng):
    matrix = about_center(1, -2, 0.5, 3, -1, 2)
    inside = rng.normal(size=(400_000, 3))
    inside *= (80 * rng.uniform(size=(400_000, 1)) ** (1 / 3)) / np.linalg.norm(
        inside, axis=1, keepdims=True
    )
    points = inside + CENTER
    moved = points @ matrix[:3, :3].T + matrix[:3, 3]
    sampled = np.sqrt(((moved - points) ** 2).sum(axis=1).mean())
    assert rms_deviation(matrix, center=CENTER) == pytest.approx(sampled, rel=3e-3)


@given(POSES, POSES)
def test_deviation_of_rigid_maps_is_symmetric(one, other):
    a, b = about_center(*one), about_center(*other)
    assert rms_deviation(a, b, CENTER) == pytest.approx(rms_deviation(b, a, CENTER), abs=1e-6)


@given(POSES, POSES, POSES)
def test_deviation_ignores_a_motion_before_both(one, other, before):
    a, b, c = pose_matrix(one), pose_matrix(other), pose_matrix(before)
    assert rms_deviation(a @ c, b @ c) == pytest.approx(rms_deviation(a, b), abs=1e-6)


@given(POSES, POSES, POSES)
def test_deviation_is_the_same_in_another_frame(one, other, change):
    a, b, frame = pose_matrix(one), pose_matrix(other), pose_matrix(change)
    back = np.linalg.inv(frame)
    center = (frame @ [*CENTER, 1])[:3]
    there = rms_deviation(frame @ a @ back, frame @ b @ back, center)
    assert there == pytest.approx(rms_deviation(a, b, CENTER), abs=1e-6)


@given(arrays(float, 6, elements=st.floats(-80, 80)))
def test_a_pose_survives_the_way_to_its_matrix_and_back(pose):
    assert matrix_pose(about_center(*pose), CENTER) == pytest.approx(pose, abs=1e-6)


@given(POSES)
def test_the_pivot_moves_by_the_translation_alone(pose):
    moved = about_center(*pose) @ [*CENTER, 1]
    assert moved[:3] == pytest.approx(np.array(CENTER) + pose[:3])


@given(POSES)
def test_the_rotation_is_that_of_simpleitk_and_scipy(pose):
    itk = SimpleITK.Euler3DTransform()
    itk.SetRotation(*np.deg2rad(pose[3:]))
    rotation = pose_matrix(pose)[:3, :3]
    assert rotation == pytest.approx(np.reshape(itk.GetMatrix(), (3, 3)), abs=1e-9)
    scipy = Rotation.from_euler("ZXY", pose[[5, 3, 4]], degrees=True).as_matrix()
    assert rotation == pytest.approx(scipy, abs=1e-9)


def test_a_positive_turn_about_z_takes_right_to_front():
    assert pose_matrix((0, 0, 0, 0, 0, 90)) @ [1, 0, 0, 1] == pytest.approx([0, 1, 0, 1])


def test_a_pose_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match=r"pose must have shape \(6,\), got \(5,\)"):
        pose_matrix([1, 2, 3, 4, 5])


def test_a_matrix_that_is_not_rigid_has_no_pose():
    with pytest.raises(ValueError, match="rigid"):
        matrix_pose(np.diag([2.0, 1.0, 1.0, 1.0]))
