"""The anchors of a head stay with the cranium, whatever surrounds it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from scipy import ndimage

from MotionQCLib.cli.demo import load_template
from MotionQCLib.motion import Trajectory, scores
from MotionQCLib.motion.trajectory import Axis
from MotionQCLib.scan import Scan, find_head, read_scan
from MotionQCLib.scan.head import _IN_PLANE, _filled, _opened

from .conftest import turned_affine, world_axes
from .framing import padded, without_air

WHOLE_HEADS = [
    "ds000011/sub-01/anat/sub-01_T1w.nii.gz",
    "ds000011/sub-08/anat/sub-08_T1w.nii.gz",
    "ds002790/sub-0001/anat/sub-0001_T1w.nii.gz",
]
NECK_MM = 150
SOME_POSES = [[0, 0, 0, 0, 0, 0], [0.5, -1, 0.3, 2, -1, 1.5], [0, 0.5, 1, -2, 0.5, 0]]
FRAMINGS = {
    "one voxel": lambda scan: padded(scan, [(1, 0), (1, 1), (0, 1)]),
    "odd": lambda scan: padded(scan, [(11, 4), (7, 13), (3, 9)]),
    "much air": lambda scan: padded(scan, [(20, 60), (45, 25), (33, 51)]),
    "no air": without_air,
}
BRAINS = [f"ds002748/sub-{n:02d}/anat/sub-{n:02d}_desc-brain_T1w.nii.gz" for n in (1, 7, 46)]


@pytest.fixture(scope="module", params=WHOLE_HEADS)
def a_real_head(request: pytest.FixtureRequest, real_data: Path) -> Scan:
    return read_scan(real_data / request.param)


@pytest.fixture(scope="module", params=[*WHOLE_HEADS, "template"])
def a_framed_head(request: pytest.FixtureRequest) -> Scan:
    """A real head, or where there are none at least the template that nilearn carries."""
    if request.param != "template":
        return read_scan(request.getfixturevalue("real_data") / request.param)
    pytest.importorskip("nilearn")
    return load_template()


def brain_mask(scan: Scan, real_data: Path) -> np.ndarray:
    (file,) = real_data.glob(f"ds00[02]*/*/anat/{scan.source.replace('_T1w', '_desc-brain_mask')}")
    return read_scan(file).data > 0


def centroid(mask: np.ndarray, affine: np.ndarray) -> np.ndarray:
    return affine[:3, :3] @ np.argwhere(mask).mean(axis=0) + affine[:3, 3]


def shifted(scan: Scan, data: np.ndarray, affine: np.ndarray | None = None) -> float:
    """How far the brain's centre moves when the scan becomes `data`, mm."""
    before = find_head(scan.data, scan.affine)
    after = find_head(data, scan.affine if affine is None else affine)
    return float(np.linalg.norm(after.brain_center_mm - before.brain_center_mm))


def without(scan: Scan, *, below_mm: float, in_front_mm: float = -np.inf) -> np.ndarray:
    """The scan with everything erased that lies low, and in front if asked."""
    head = find_head(scan.data, scan.affine)
    _, front, up = world_axes(scan.shape, scan.affine)
    low = up < head.vertex_mm[2] - below_mm
    return np.where(low & (front > head.brain_center_mm[1] + in_front_mm), 0, scan.data)


@pytest.mark.parametrize("seed", range(5))
def test_objects_are_opened_and_filled_as_scipy_would(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = ndimage.gaussian_filter(rng.standard_normal((17, 14, 11)), 1.0) > -0.05
    np.testing.assert_array_equal(_opened(mask), ndimage.binary_opening(mask))
    np.testing.assert_array_equal(
        _filled(mask), ndimage.binary_fill_holes(mask, structure=_IN_PLANE)
    )
    assert 0 < _opened(mask).sum() < mask.sum() < _filled(mask).sum()


def test_the_center_of_a_made_up_head_lies_on_its_midline_below_its_vertex(
    a_head_scan: Scan,
) -> None:
    head = find_head(a_head_scan.data, a_head_scan.affine)
    assert head.found
    assert head.vertex_in_view
    assert head.skull == 1.0
    assert abs(head.brain_center_mm[0]) < 1
    assert head.vertex_mm[2] == pytest.approx(78, abs=9)
    assert head.vertex_mm[2] - head.brain_center_mm[2] == pytest.approx(80)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("flipped", [(), (0,), (0, 1, 2)])
def test_the_order_and_direction_of_array_axes_do_not_matter(
    a_head_scan: Scan, order, flipped
) -> None:
    turned = np.transpose(np.flip(a_head_scan.data, flipped), order)
    affine = a_head_scan.affine.copy()
    for axis in flipped:
        affine[:3, 3] += affine[:3, axis] * (a_head_scan.shape[axis] - 1)
        affine[:3, axis] *= -1
    affine[:3, :3] = affine[:3, list(order)]
    assert shifted(a_head_scan, turned, affine) < 1e-3


def test_the_anchors_follow_a_head_that_lies_elsewhere(a_head_scan: Scan) -> None:
    affine = a_head_scan.affine.copy()
    affine[:3, 3] += [13.7, -28.1, 40.4]
    before = find_head(a_head_scan.data, a_head_scan.affine).brain_center_mm
    after = find_head(a_head_scan.data, affine).brain_center_mm
    # Of voxels as coarse as the lattice, one step is as much as can be asked.
    assert after - before == pytest.approx([13.7, -28.1, 40.4], abs=3.1)


def test_brightness_and_a_negative_background_do_not_matter(a_head_scan: Scan) -> None:
    assert shifted(a_head_scan, a_head_scan.data * 37) < 1e-3
    assert shifted(a_head_scan, a_head_scan.data - 250) < 1.0


def test_a_scan_that_cuts_the_vertex_off_is_noticed(a_head_scan: Scan) -> None:
    assert not find_head(a_head_scan.data[:, :, :45], a_head_scan.affine).vertex_in_view


@pytest.mark.parametrize("data", [np.zeros((9, 11, 8)), np.ones((9, 11, 8)), np.eye(9)[..., None]])
def test_without_a_head_the_anchors_are_the_middle_of_the_volume(data: np.ndarray) -> None:
    affine = turned_affine(data.shape, (2, 3, 4), (5, 6, 7))
    head = find_head(data, affine)
    assert not head.found
    assert head.brain_center_mm == pytest.approx([4, -7, 11])


def test_the_center_lies_within_a_centimetre_of_the_brains_centroid(
    a_real_head: Scan, real_data: Path
) -> None:
    head = find_head(a_real_head.data, a_real_head.affine)
    center = centroid(brain_mask(a_real_head, real_data), a_real_head.affine)
    error = np.abs(head.brain_center_mm - center)
    assert error[0] < 2.5
    assert np.linalg.norm(error) < 10
    assert head.skull == 1.0


@pytest.mark.parametrize("name", BRAINS)
def test_so_does_that_of_an_extracted_brain(real_data: Path, name: str) -> None:
    scan = read_scan(real_data / name)
    head = find_head(scan.data, scan.affine)
    assert np.linalg.norm(head.brain_center_mm - centroid(scan.data > 0, scan.affine)) < 10
    assert head.skull == 0.0


def test_extracting_the_brain_moves_the_center_by_less_than_a_centimetre(
    a_real_head: Scan, real_data: Path
) -> None:
    assert shifted(a_real_head, a_real_head.data * brain_mask(a_real_head, real_data)) < 10


def test_removing_neck_or_face_leaves_the_center_where_it_is(a_real_head: Scan) -> None:
    assert shifted(a_real_head, without(a_real_head, below_mm=NECK_MM)) < 0.3
    assert shifted(a_real_head, without(a_real_head, below_mm=100, in_front_mm=50)) < 0.3


@pytest.mark.parametrize("name", FRAMINGS)
def test_padding_and_cropping_leave_the_center_where_it_is(a_framed_head: Scan, name: str) -> None:
    other = FRAMINGS[name](a_framed_head)
    assert other.shape != a_framed_head.shape
    assert shifted(a_framed_head, other.data, other.affine) < 0.1


def test_the_direction_of_array_axes_does_not_move_the_center_of_a_real_head(
    a_real_head: Scan,
) -> None:
    """Fine voxels are averaged in blocks, which must not depend on where counting begins."""
    flip = np.diag([-1.0, -1.0, -1.0, 1.0])
    flip[:3, 3] = np.array(a_real_head.shape) - 1
    turned = a_real_head.data[::-1, ::-1, ::-1]
    assert shifted(a_real_head, turned, a_real_head.affine @ flip) < 1e-3


@pytest.mark.parametrize("axis", get_args(Axis))
@pytest.mark.parametrize("a_framed_head", [WHOLE_HEADS[0]], indirect=True)
def test_the_scores_of_a_motion_do_not_depend_on_the_air_around_the_head(
    a_framed_head: Scan, axis: Axis
) -> None:
    """Centre, pivot, number of slabs and gradient energy are all found anew."""
    motion = Trajectory(np.array(SOME_POSES), np.array([0, 0.3, 0.7]), axis)
    before = scores(a_framed_head.data, a_framed_head.affine, motion)
    for name in ("much air", "no air"):
        other = FRAMINGS[name](a_framed_head)
        after = scores(other.data, other.affine, motion)
        assert after.edge == pytest.approx(before.edge, abs=0.1)


@pytest.mark.parametrize("a_real_head", [WHOLE_HEADS[0]], indirect=True)
def test_the_scores_of_a_motion_do_not_depend_on_neck_or_face(a_real_head: Scan) -> None:
    """Centre, pivot and gradient energy are all found anew."""
    for axis in get_args(Axis):
        motion = Trajectory(np.array(SOME_POSES), np.array([0, 0.3, 0.7]), axis)
        before = scores(a_real_head.data, a_real_head.affine, motion)
        for cut in ({"below_mm": NECK_MM}, {"below_mm": 100, "in_front_mm": 50}):
            after = scores(without(a_real_head, **cut), a_real_head.affine, motion)
            assert after.edge == pytest.approx(before.edge, abs=0.1)
            assert after.time == pytest.approx(before.time, abs=0.1)
