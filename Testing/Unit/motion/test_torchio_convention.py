"""``Trajectory.from_torchio`` against ``torchio.Motion`` 1.2.1 itself, defects included."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torchio
from scipy import ndimage
from scipy.spatial.transform import Rotation

from MotionQCLib.motion import Trajectory, simulate, simulate_slice
from MotionQCLib.motion.samplings import TorchIOSampling

TOLERANCE = 1e-4  # of the intensity range
SHAPES = {"even": (22, 26, 30), "odd": (21, 25, 29), "mixed": (24, 19, 23)}


def affine_of(spacing, turned_deg=(0, 0, 0), origin=(-13, 8, -21), flips=(1, 1, 1)):
    affine = np.eye(4)
    turned = Rotation.from_euler("xyz", turned_deg, degrees=True).as_matrix()
    affine[:3, :3] = turned * spacing * np.array(flips)
    affine[:3, 3] = origin
    return affine


AFFINES = {
    "identity": np.eye(4),
    "anisotropic": affine_of((1.1, 0.8, 2.3)),
    "oblique": affine_of((0.9, 1.4, 1.2), (14, -20, 33)),
    "LPS": affine_of((1.0, 1.3, 0.8), origin=(10, 15, -9), flips=(-1, -1, 1)),
    "permuted": affine_of((1.2, 0.9, 1.0))[:, [2, 0, 1, 3]],
}


@pytest.fixture
def a_texture(rng):
    """Smooth noise that has not faded at the border, so that borders are tested too."""

    def make(shape):
        return ndimage.gaussian_filter(rng.normal(size=shape), 1.2).astype(np.float32) + 2

    return make


def moved_by_torchio(volume, affine, degrees, translation, times):
    motion = torchio.Motion(
        degrees=degrees, translation=translation, times=times, image_interpolation="linear"
    )
    image = torchio.ScalarImage(tensor=torch.from_numpy(volume[np.newaxis]), affine=affine)
    return motion(image).numpy()[0]


def relative_error(ours, theirs, volume):
    return np.abs(ours - theirs).max() / np.ptp(volume)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("affine", AFFINES.values(), ids=AFFINES.keys())
@pytest.mark.parametrize("movements", [2, 7])
def test_the_image_is_torchios(a_texture, rng, shape, affine, movements):
    volume = a_texture(shape)
    draw = TorchIOSampling((-9, 9), (-4, 4), movements).draw(rng)
    theirs = moved_by_torchio(volume, affine, draw.degrees, draw.translation, draw.times)
    ours = simulate(volume, affine, draw.as_published())
    assert relative_error(ours, theirs, volume) < TOLERANCE


@pytest.mark.parametrize("times", [(0.1, 0.3), (0.6, 0.9), (0.5, 0.7), (0.2, 0.501), (0.0, 0.4)])
@pytest.mark.parametrize("shape", [SHAPES["even"], SHAPES["odd"]])
def test_rest_changes_places_as_in_torchio_whatever_the_times(a_texture, rng, shape, times):
    volume, times = a_texture(shape), np.array(times)
    degrees, translation = rng.uniform(-6, 6, (2, 2, 3))
    theirs = moved_by_torchio(volume, np.eye(4), degrees, translation, times)
    ours = simulate(volume, np.eye(4), Trajectory.from_torchio(degrees, translation, times))
    assert relative_error(ours, theirs, volume) < TOLERANCE


@pytest.mark.parametrize("slabs", [20, 30, 40, 70])
def test_times_in_single_precision_cut_k_space_where_torchio_does(a_texture, rng, slabs):
    # 0.7 in float32 is below 0.7, yet 40 times it rounds to 28: one slab more than in float64.
    volume = a_texture((9, 11, slabs))
    times = np.array([0.1, 0.3, 0.7], dtype=np.float32)
    degrees, translation = rng.uniform(-6, 6, (2, 3, 3))
    theirs = moved_by_torchio(volume, np.eye(4), degrees, translation, times)
    ours = simulate(volume, np.eye(4), Trajectory.from_torchio(degrees, translation, times))
    assert relative_error(ours, theirs, volume) < TOLERANCE


def test_random_motion_is_reproduced_from_its_history(a_texture):
    volume, affine = a_texture(SHAPES["mixed"]), AFFINES["oblique"]
    torch.manual_seed(3)
    image = torchio.ScalarImage(tensor=torch.from_numpy(volume[np.newaxis]), affine=affine)
    moved = torchio.RandomMotion(degrees=8, translation=5, num_transforms=4)(
        torchio.Subject(scan=image)
    )
    motion = moved.history[-1]
    trajectory = Trajectory.from_torchio(
        motion.degrees["scan"], motion.translation["scan"], motion.times["scan"]
    )
    ours = simulate(volume, affine, trajectory)
    assert relative_error(ours, moved.scan.numpy()[0], volume) < TOLERANCE


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("array_axis", [0, 1, 2])
def test_a_slice_is_torchios_too(a_texture, rng, array_axis):
    volume, affine = a_texture(SHAPES["mixed"]), AFFINES["oblique"]
    draw = TorchIOSampling((-9, 9), (-4, 4), 5).draw(rng)
    theirs = moved_by_torchio(volume, affine, draw.degrees, draw.translation, draw.times)
    ours = simulate_slice(volume, affine, draw.as_published(), array_axis, 7)
    assert relative_error(ours, theirs.take(7, array_axis), volume) < TOLERANCE


def test_integer_volumes_are_moved_as_torchio_moves_them(a_texture, rng):
    volume = (a_texture(SHAPES["even"]) * 100).astype(np.int16)
    draw = TorchIOSampling((-9, 9), (-4, 4), 3).draw(rng)
    theirs = moved_by_torchio(volume, np.eye(4), draw.degrees, draw.translation, draw.times)
    ours = simulate(volume, np.eye(4), draw.as_published())
    assert relative_error(ours, theirs, volume) < TOLERANCE


def test_output_and_kernel_follow_torchio_unless_asked_for(a_texture, rng):
    volume = a_texture(SHAPES["odd"])
    trajectory = TorchIOSampling((-9, 9), (-4, 4), 3).draw(rng).as_published()
    default = simulate(volume, np.eye(4), trajectory)
    spelt_out = simulate(volume, np.eye(4), trajectory, output="real", kernel="linear")
    magnitude = simulate(volume, np.eye(4), trajectory, output="magnitude")
    assert np.array_equal(default, spelt_out)
    assert (magnitude >= np.abs(default) - 1e-5).all()
    assert not np.allclose(magnitude, np.abs(default), atol=1e-2)


def test_parameters_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match=r"must both have shape \(N, 3\)"):
        Trajectory.from_torchio(np.zeros((2, 3)), np.zeros((3, 3)), [0.2, 0.4])
    with pytest.raises(ValueError, match="times must have shape"):
        Trajectory.from_torchio(np.zeros((2, 3)), np.zeros((2, 3)), [0.2])


# The defects themselves, each beside the default path that has it mended.


@pytest.fixture
def a_blob_off_center():
    """A bright spot on the x axis, in a scan whose middle lies far from the world's origin."""
    affine = np.eye(4)
    affine[:3, 3] = (-16, -16, -50)
    points = np.stack(np.meshgrid(*[np.arange(32.0)] * 3, indexing="ij"), -1) + affine[:3, 3]
    spot = np.exp(-((points - (0, 0, -34)) ** 2).sum(-1) / (2 * 2.5**2))
    return spot.astype(np.float32), affine


def center_of(volume, affine):
    return affine[:3, :3] @ ndimage.center_of_mass(volume) + affine[:3, 3]


def test_torchio_turns_the_head_about_the_worlds_origin_and_we_about_its_pivot(a_blob_off_center):
    spot, affine = a_blob_off_center
    turn = np.array([[8.0, 0, 0]] * 2)
    published = Trajectory.from_torchio(turn, np.zeros((2, 3)), [0.01, 0.02])
    whole = simulate(spot, affine, Trajectory(published.poses[1:2], [0], pivot=published.pivot))
    moved_mm = np.linalg.norm(center_of(whole, affine) - (0, 0, -34))
    assert moved_mm == pytest.approx(34 * 2 * np.sin(np.deg2rad(4)), abs=0.05)
    mended = simulate(spot, affine, Trajectory(published.poses[1:2], [0], pivot=(0, 0, -34)))
    assert center_of(mended, affine) == pytest.approx((0, 0, -34), abs=0.02)


def test_torchio_may_fill_the_centre_with_a_moved_pose_and_we_report_which_it_is(a_texture):
    slabs = SHAPES["even"][2]
    times = np.array([0.25, 0.5 + 0.5 / slabs])
    published = Trajectory.from_torchio(np.full((2, 3), 5.0), np.zeros((2, 3)), times)
    seen = published.poses[published.reference(slabs)]
    assert np.abs(seen).max() > 1
    assert not published.poses[1].any()


@pytest.mark.parametrize("movements", [48, 97, 102])
def test_numbers_of_movements_at_which_torchio_fails_are_drawn(rng, movements):
    broken = torchio.RandomMotion(num_transforms=movements)
    with pytest.raises(RuntimeError):
        broken(torchio.ScalarImage(tensor=torch.zeros(1, 4, 4, 4)))
    draw = TorchIOSampling(movements=movements).draw(rng)
    assert (np.diff(draw.times) > 0).all()
    assert len(draw.as_published()) == movements + 1
