"""A trajectory: what it refuses, and which pose each slab of k-space sees."""

from __future__ import annotations

import dataclasses

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.trajectory import slab_axis

THREE_POSES = np.arange(18.0).reshape(3, 6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"poses": np.zeros((3, 5))}, "poses must have shape"),
        ({"poses": np.zeros((0, 6)), "onsets": []}, "poses must have shape"),
        ({"poses": np.full((3, 6), np.nan)}, "poses must be finite"),
        ({"onsets": [0.0, 0.5]}, "onsets must have shape"),
        ({"onsets": [0.1, 0.2, 0.5]}, "onsets must start at 0"),
        ({"onsets": [0.0, 0.6, 0.5]}, "ascend"),
        ({"onsets": [0.0, 0.5, 1.0]}, "below 1"),
        ({"onsets": [0.0, np.nan, 0.5]}, "onsets must"),
        ({"pivot": (1, 2)}, "pivot must be three finite numbers"),
        ({"pivot": (1, 2, np.inf)}, "pivot must be three finite numbers"),
        ({"axis": "IS"}, "axis must be one of"),
        ({"ordering": "spiral"}, "ordering must be one of"),
        ({"convention": "fsl"}, "convention must be one of"),
    ],
)
def test_a_wrong_field_is_refused_with_its_name(changed, message):
    fields = {"poses": THREE_POSES, "onsets": [0.0, 0.3, 0.6]} | changed
    with pytest.raises(ValueError, match=message):
        Trajectory(**fields)


def test_a_trajectory_cannot_be_changed():
    poses = THREE_POSES.copy()
    trajectory = Trajectory(poses, [0, 0.3, 0.6])
    poses[0] = 99
    assert trajectory.poses[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        trajectory.poses[0] = 99
    with pytest.raises(dataclasses.FrozenInstanceError):
        trajectory.axis = "SI"


def test_linear_order_runs_from_one_edge_of_k_space_to_the_other():
    trajectory = Trajectory(THREE_POSES, [0, 0.3, 0.6])
    in_order = np.fft.fftshift(trajectory.segments(10))
    assert in_order.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]


def test_centric_order_runs_from_the_centre_outwards():
    trajectory = Trajectory(THREE_POSES, [0, 0.3, 0.6], ordering="centric")
    frequency = np.fft.fftfreq(10, 0.1)
    segment = trajectory.segments(10)
    assert segment[0] == 0
    farthest = [np.abs(frequency[segment == i]).max() for i in range(3)]
    nearest = [np.abs(frequency[segment == i]).min() for i in range(3)]
    assert farthest[0] <= nearest[1]
    assert farthest[1] <= nearest[2]


@given(st.integers(2, 60), st.lists(st.floats(0.01, 0.99), max_size=6))
def test_each_pose_gets_its_share_of_the_slabs(slabs, later):
    onsets = np.array([0.0, *sorted(later)])
    trajectory = Trajectory(np.zeros((len(onsets), 6)), onsets)
    counted = np.bincount(trajectory.segments(slabs), minlength=len(onsets))
    share = np.diff([*onsets, 1.0]) * slabs
    assert np.abs(counted - share).max() <= 1.0
    assert counted.sum() == slabs


@pytest.mark.parametrize("slabs", [9, 10])
def test_the_reference_is_the_pose_at_the_centre_of_k_space(slabs):
    trajectory = Trajectory(THREE_POSES, [0, 0.3, 0.7])
    assert trajectory.reference(slabs) == trajectory.segments(slabs)[0] == 1


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "ASL", "SLP"])
def test_the_slab_axis_is_found_by_anatomy(codes):
    orientation = nibabel.orientations.axcodes2ornt(codes)
    canonical = np.diag([1.0, 1.2, 0.9, 1.0])
    shape = (20, 22, 24)
    affine = canonical @ nibabel.orientations.inv_ornt_aff(
        nibabel.orientations.ornt_transform(nibabel.orientations.axcodes2ornt("RAS"), orientation),
        shape,
    )
    for axis, pair in {"LR": "LR", "AP": "PA", "SI": "IS"}.items():
        array_axis, reverse = slab_axis(affine, axis)
        assert codes[array_axis] in pair
        assert reverse == (codes[array_axis] == pair[0])


def test_each_axis_of_a_strongly_turned_grid_serves_one_anatomical_axis(an_oblique_grid):
    assert sorted(slab_axis(an_oblique_grid.affine, axis)[0] for axis in ("LR", "AP", "SI")) == [
        0,
        1,
        2,
    ]


def test_scaling_scales_poses_and_nothing_else():
    trajectory = Trajectory(THREE_POSES, [0, 0.3, 0.6], axis="SI", pivot=(1, 2, 3))
    twice = trajectory.scaled(2)
    assert twice.poses == pytest.approx(2 * THREE_POSES)
    assert (twice.axis, twice.pivot) == ("SI", (1.0, 2.0, 3.0))


def test_another_pivot_is_the_one_its_matrices_keep():
    trajectory = Trajectory([[0, 0, 0, 5, 6, 7]], [0]).about((10, 20, 30))
    assert trajectory.matrices()[0] @ [10, 20, 30, 1] == pytest.approx([10, 20, 30, 1])
