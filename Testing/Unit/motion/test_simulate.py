"""What motion does to a scan, by physical identities and a slow transform as oracle."""

from __future__ import annotations

from importlib import import_module

import nibabel
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import ndimage

from MotionQCLib.motion import Acquisition, Trajectory, pose_matrix, simulate, simulate_slice
from MotionQCLib.resampling.resampler import Resampler

PIVOT = (3.0, -4.0, 2.0)
SOME_POSE = (1.5, -2.0, 1.0, 4.0, -3.0, 5.0)
AXES = ["LR", "AP", "SI"]
POSES = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [1.2, -0.8, 0.5, 2, -1, 3],
        [-0.6, 1.4, -1.1, -3, 2, 1],
        [0.3, 0.2, 1.9, 1, 4, -2],
    ]
)


def four_poses(axis="AP", **fields):
    return Trajectory(POSES, [0, 0.2, 0.45, 0.8], axis=axis, pivot=PIVOT, **fields)


def moved_slowly(volume, grid, trajectory, order):
    """Every posed head looked up in double precision, every spectrum in full, slab by slab."""
    index = np.linalg.inv(grid.affine)
    heads = []
    for push in trajectory.matrices():
        back = np.linalg.inv(push)
        points = grid.points() @ back[:3, :3].T + back[:3, 3]
        position = np.moveaxis(points @ index[:3, :3].T + index[:3, 3], -1, 0)
        posed = ndimage.map_coordinates(volume.astype(float), position, order=order, mode="mirror")
        heads.append(np.fft.fftn(posed))
    array_axis, reverse = trajectory.slab_axis(grid.affine)
    acquired = np.zeros_like(heads[0])
    for slab, pose in enumerate(trajectory.segments(volume.shape[array_axis], reverse=reverse)):
        at = (slice(None),) * array_axis + (slab,)
        acquired[at] = heads[pose][at]
    return np.fft.ifftn(acquired)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize(("kernel", "order"), [("linear", 1), ("cubic", 3)])
@pytest.mark.parametrize(
    ("axis", "ordering"), [("LR", "linear"), ("AP", "centric"), ("SI", "linear")]
)
def test_the_image_is_that_of_the_slow_transform(a_head, a_grid, axis, ordering, kernel, order):
    still = a_head.scanned(a_grid)
    trajectory = four_poses(axis, ordering=ordering)
    slowly = moved_slowly(still, a_grid, trajectory, order)
    magnitude = simulate(still, a_grid.affine, trajectory, kernel=kernel)
    real = simulate(still, a_grid.affine, trajectory, output="real", kernel=kernel)
    assert_allclose(magnitude, np.abs(slowly), rtol=0, atol=1e-5)
    assert_allclose(real, slowly.real, rtol=0, atol=1e-5)


@pytest.mark.parametrize("onsets", [[0.0], [0.0, 0.3, 0.7]])
def test_one_pose_throughout_is_the_head_scanned_in_that_pose(a_head, a_grid, onsets):
    trajectory = Trajectory([SOME_POSE] * len(onsets), onsets, pivot=PIVOT)
    moved = simulate(a_head.scanned(a_grid), a_grid.affine, trajectory)
    truth = a_head.scanned(a_grid, pose_matrix(SOME_POSE, PIVOT))
    assert_allclose(moved, truth, rtol=0, atol=4e-3)


@pytest.mark.parametrize(
    ("spot", "turned_to"), [(PIVOT, PIVOT), ((13.0, -4.0, 2.0), (3.0, 6.0, 2.0))]
)
def test_the_pivot_stays_where_it_is_and_other_points_turn_about_it(a_grid, spot, turned_to):
    points = a_grid.points()
    volume = np.exp(-((points - spot) ** 2).sum(axis=-1) / (2 * 4.0**2))
    quarter_turn = Trajectory([[0, 0, 0, 0, 0, 90]], [0], pivot=PIVOT)
    moved = simulate(volume, a_grid.affine, quarter_turn)
    near = moved * (np.linalg.norm(points - turned_to, axis=-1) < 16)
    found = (points * near[..., np.newaxis]).sum(axis=(0, 1, 2)) / near.sum()
    assert_allclose(found, turned_to, rtol=0, atol=0.05)


@pytest.mark.parametrize("axis", AXES)
def test_the_projection_along_the_slab_axis_is_that_of_the_reference_pose(a_head, a_grid, axis):
    still, trajectory = a_head.scanned(a_grid), four_poses(axis)
    moved = simulate(still, a_grid.affine, trajectory, output="real")
    array_axis, _ = trajectory.slab_axis(a_grid.affine)
    reference = trajectory.reference(still.shape[array_axis])
    alone = simulate(still, a_grid.affine, Trajectory(POSES[[reference]], [0], pivot=PIVOT))
    assert reference == 2
    assert_allclose(moved.sum(array_axis), alone.sum(array_axis), rtol=0, atol=1e-4)


@pytest.mark.parametrize("axis", AXES)
def test_a_translation_is_a_phase_ramp_in_the_slabs_that_saw_it(a_head, an_even_grid, axis):
    still, voxels = a_head.scanned(an_even_grid), np.array([2, -1, 3])
    shift_mm = voxels * 2.0
    trajectory = Trajectory([np.zeros(6), [*shift_mm, 0, 0, 0]], [0, 0.6], axis=axis, pivot=PIVOT)
    moved = simulate(still, an_even_grid.affine, trajectory)
    cycles = np.meshgrid(*map(np.fft.fftfreq, still.shape), indexing="ij")
    ramp = np.exp(-2j * np.pi * sum(c * v for c, v in zip(cycles, voxels, strict=True)))
    along = AXES.index(axis)
    middle_of_slab = (np.arange(still.shape[along]) + 0.5) / still.shape[along]
    late = np.fft.ifftshift(middle_of_slab >= 0.6)
    saw_it = np.moveaxis(np.broadcast_to(late, np.moveaxis(still, along, -1).shape), -1, along)
    expected = np.fft.ifftn(np.fft.fftn(still) * np.where(saw_it, ramp, 1))
    assert_allclose(moved, np.abs(expected), rtol=0, atol=1e-4)


@pytest.mark.parametrize("output", ["magnitude", "real"])
@pytest.mark.parametrize("kernel", ["cubic", "linear"])
@pytest.mark.parametrize("onsets", [[0.0], [0.0, 0.25, 0.5]])
def test_no_motion_gives_the_scan_back(a_head, a_grid, output, kernel, onsets):
    still = a_head.scanned(a_grid)
    rest = Trajectory(np.zeros((len(onsets), 6)), onsets, pivot=PIVOT)
    same = simulate(still, a_grid.affine, rest, output=output, kernel=kernel)
    assert same.dtype == np.float32
    assert_allclose(same, still, rtol=0, atol=1e-6)


@pytest.mark.parametrize("onsets", [[0.0], [0.0, 0.5]])
@pytest.mark.parametrize("output", ["magnitude", "real"])
def test_the_input_is_left_untouched_and_unshared(a_head, an_even_grid, onsets, output):
    still = a_head.scanned(an_even_grid).astype(np.float32)
    before = still.copy()
    poses = np.arange(6.0 * len(onsets)).reshape(-1, 6) if len(onsets) > 1 else np.zeros((1, 6))
    trajectory = Trajectory(poses, onsets, pivot=PIVOT)
    moved = simulate(still, an_even_grid.affine, trajectory, output=output)
    moved[:] = -1
    assert np.array_equal(still, before)


def test_intensities_scale_with_the_input(a_head, an_even_grid):
    still = a_head.scanned(an_even_grid)
    once = simulate(still, an_even_grid.affine, four_poses())
    scaled = simulate(1000 * still, an_even_grid.affine, four_poses())
    assert_allclose(scaled, 1000 * once, rtol=0, atol=1e-2)
    assert once.max() == pytest.approx(still.max(), rel=0.1)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float64])
def test_any_real_type_is_moved_as_its_values(a_head, an_even_grid, dtype):
    volume = (100 * a_head.scanned(an_even_grid)).astype(dtype)
    as_float = simulate(volume.astype(np.float32), an_even_grid.affine, four_poses())
    moved = simulate(volume, an_even_grid.affine, four_poses())
    assert moved.dtype == np.float32
    assert np.array_equal(moved, as_float)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("kernel", ["cubic", "linear"])
def test_a_flat_scan_shows_no_edge_at_its_border(an_oblique_grid, kernel):
    flat = np.full(an_oblique_grid.shape, 5.0)
    moved = simulate(flat, an_oblique_grid.affine, four_poses(), kernel=kernel)
    assert_allclose(moved, flat, rtol=0, atol=1e-4)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("codes", ["LPS", "PIR", "ASL", "ILA"])
@pytest.mark.parametrize("shape", [(20, 24, 22), (21, 19, 23)])
def test_storing_the_scan_in_another_orientation_changes_nothing(rng, axis, codes, shape):
    affine = np.diag([2.0, 1.8, 2.2, 1.0])
    texture = ndimage.gaussian_filter(rng.uniform(size=shape), 1.5).astype(np.float32)
    stored = nibabel.Nifti1Image(texture, affine)
    there = nibabel.orientations.ornt_transform(
        nibabel.orientations.io_orientation(affine), nibabel.orientations.axcodes2ornt(codes)
    )
    other = stored.as_reoriented(there)
    moved = simulate(texture, affine, four_poses(axis))
    moved_there = simulate(np.asarray(other.dataobj), other.affine, four_poses(axis))
    expected = nibabel.Nifti1Image(moved, affine).as_reoriented(there)
    assert_allclose(moved_there, np.asarray(expected.dataobj), rtol=0, atol=2e-5)


def test_brief_motion_far_from_the_centre_of_k_space_leaves_a_ghost_along_the_slab_axis(
    a_head, an_even_grid
):
    still = a_head.scanned(an_even_grid)
    brief = Trajectory([np.zeros(6), [3, 0, 0, 0, 0, 0], np.zeros(6)], [0, 0.55, 0.6], pivot=PIVOT)
    artefact = simulate(still, an_even_grid.affine, brief) - still
    inside = still > 0.05
    assert np.abs(artefact[~inside]).max() > 0.002
    along = np.abs(artefact).max(axis=(0, 2))
    across = np.abs(artefact).max(axis=(1, 2))
    assert along[0] > 5 * across[0]


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("array_axis", [0, 1, 2])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("output", ["magnitude", "real"])
@pytest.mark.parametrize("kernel", ["linear", "cubic"])
def test_a_slice_is_that_of_the_whole(a_head, an_oblique_grid, array_axis, axis, output, kernel):
    still, trajectory = a_head.scanned(an_oblique_grid), four_poses(axis)
    whole = simulate(still, an_oblique_grid.affine, trajectory, output=output, kernel=kernel)
    for index in (0, 13):
        alone = simulate_slice(
            still,
            an_oblique_grid.affine,
            trajectory,
            array_axis,
            index,
            output=output,
            kernel=kernel,
        )
        assert_allclose(alone, whole.take(index, array_axis), rtol=0, atol=5e-6)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("axis", AXES)
def test_a_box_is_that_part_of_the_whole(a_head, an_oblique_grid, axis):
    still = a_head.scanned(an_oblique_grid)
    acquisition = Acquisition(still, an_oblique_grid.affine, four_poses(axis))
    box = (slice(3, 20), slice(None, 17), slice(-9, None))
    assert_allclose(acquisition.image(box), acquisition.image()[box], rtol=0, atol=5e-6)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("kernel", ["linear", "cubic"])
def test_tiles_and_threads_change_nothing(a_head, an_oblique_grid, kernel, monkeypatch):
    still = a_head.scanned(an_oblique_grid)
    in_one = simulate(still, an_oblique_grid.affine, four_poses(), kernel=kernel)
    monkeypatch.setattr(import_module("MotionQCLib.motion.simulate"), "_TILE_VOXELS", 2000)
    monkeypatch.setenv("MOTIONQC_THREADS", "3")
    in_tiles = simulate(still, an_oblique_grid.affine, four_poses(), kernel=kernel)
    assert_allclose(in_tiles, in_one, rtol=0, atol=2e-6)


def test_a_pose_held_twice_is_interpolated_once(a_head, an_even_grid, monkeypatch):
    asked = []
    sample = Resampler.sample

    def counted(self, pull, box):
        asked.append(pull)
        return sample(self, pull, box)

    monkeypatch.setattr(Resampler, "sample", counted)
    to_and_fro = Trajectory(POSES[[0, 1, 0, 1, 0]], [0, 0.2, 0.3, 0.6, 0.7], pivot=PIVOT)
    simulate(a_head.scanned(an_even_grid), an_even_grid.affine, to_and_fro)
    assert len(asked) == 2


def test_both_routes_give_the_same_image(a_head, an_oblique_grid, monkeypatch):
    pytest.importorskip("numba")
    still = a_head.scanned(an_oblique_grid)
    for kernel in ("linear", "cubic"):
        images = []
        for switch in ("1", "0"):
            monkeypatch.setenv("MOTIONQC_NUMBA", switch)
            images.append(simulate(still, an_oblique_grid.affine, four_poses(), kernel=kernel))
        assert_allclose(images[0], images[1], rtol=0, atol=2e-6)


def test_without_a_pivot_the_head_turns_about_the_brains_centre(monkeypatch, an_even_grid, a_head):
    still = a_head.scanned(an_even_grid)
    home = import_module("MotionQCLib.motion.simulate")
    monkeypatch.setattr(home, "brain_center", lambda volume, affine: PIVOT)
    turn = Trajectory(POSES, [0, 0.2, 0.45, 0.8])
    found = simulate(still, an_even_grid.affine, turn)
    assert np.array_equal(found, simulate(still, an_even_grid.affine, turn.about(PIVOT)))


def test_a_volume_without_three_dimensions_is_refused():
    with pytest.raises(ValueError, match="three dimensions"):
        simulate(np.zeros((4, 4)), np.eye(4), four_poses())


@pytest.mark.parametrize(("array_axis", "index"), [(3, 0), (-1, 0), (0, 4), (1, -1)])
def test_a_slice_outside_the_volume_is_refused(array_axis, index):
    with pytest.raises(IndexError, match="no slice"):
        simulate_slice(np.zeros((4, 5, 6)), np.eye(4), four_poses(), array_axis, index)
