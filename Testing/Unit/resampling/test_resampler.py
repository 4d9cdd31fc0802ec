"""Interpolation: every route against SciPy in double precision, and what a border means."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK
from numpy.testing import assert_allclose
from scipy import ndimage

from MotionQCLib.motion import pose_matrix
from MotionQCLib.resampling.resampler import Resampler

SHAPE = (19, 22, 17)


@pytest.fixture
def noise(rng):
    return rng.normal(size=SHAPE).astype(np.float32)


@pytest.fixture
def a_pull():
    """Output index to input index: a few degrees and voxels, reaching beyond every border."""
    return pose_matrix((1.3, -0.7, 2.4, 4, -3, 5), (9, 11, 8))


def in_double_precision(volume, pull, order):
    index = np.indices(volume.shape).reshape(3, -1)
    position = pull[:3, :3] @ index + pull[:3, 3:]
    values = ndimage.map_coordinates(volume.astype(float), position, order=order, mode="mirror")
    return values.reshape(volume.shape)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize(("kernel", "order"), [("linear", 1), ("cubic", 3)])
def test_interpolation_is_that_of_a_double_precision_oracle(noise, a_pull, kernel, order):
    expected = in_double_precision(noise, a_pull, order)
    assert_allclose(Resampler(noise, kernel)(a_pull), expected, rtol=0, atol=2e-5)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize(("kernel", "order"), [("linear", 1), ("cubic", 3)])
def test_a_map_far_beyond_the_border_meets_the_mirror_image_again(noise, kernel, order):
    far = pose_matrix((40, -31, 26, 8, 100, -60), (9, 11, 8))
    expected = in_double_precision(noise, far, order)
    assert_allclose(Resampler(noise, kernel)(far), expected, rtol=0, atol=1e-4)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("kernel", ["linear", "cubic"])
@pytest.mark.parametrize(
    "box",
    [
        (slice(None), slice(4, 5), slice(None)),
        (slice(3, 17), slice(0, 22), slice(10, 17)),
        (slice(18, 19), slice(None), slice(None)),
    ],
)
def test_a_box_is_that_part_of_the_whole(noise, a_pull, kernel, box):
    resampler = Resampler(noise, kernel)
    assert_allclose(resampler(a_pull, box), resampler(a_pull)[box], rtol=0, atol=2e-5)


@pytest.mark.usefixtures("each_route")
def test_the_minimum_border_is_that_of_itk(noise, a_pull):
    image = SimpleITK.GetImageFromArray(noise)
    pull = SimpleITK.AffineTransform(3)
    pull.SetMatrix(a_pull[:3, :3][::-1, ::-1].ravel().tolist())
    pull.SetTranslation(a_pull[:3, 3][::-1].tolist())
    lowest = float(noise.min())
    expected = SimpleITK.Resample(image, image, pull, SimpleITK.sitkLinear, lowest)
    ours = Resampler(noise, "linear", border="minimum")(a_pull)
    assert_allclose(ours, SimpleITK.GetArrayFromImage(expected), rtol=0, atol=2e-5)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("kernel", ["linear", "cubic"])
def test_a_flat_volume_stays_flat_up_to_its_border(a_pull, kernel):
    flat = Resampler(np.full(SHAPE, 7.0), kernel)(a_pull)
    assert_allclose(flat, np.full(SHAPE, 7.0), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kernel", ["linear", "cubic"])
def test_the_identity_copies_exactly(noise, kernel):
    resampler = Resampler(noise, kernel)
    same = resampler(np.eye(4))
    assert np.array_equal(same, noise)
    same[:] = 0
    assert np.array_equal(resampler(np.eye(4)), noise)


def test_cubic_keeps_detail_that_linear_blurs(a_head, an_even_grid):
    half_a_voxel = np.eye(4)
    half_a_voxel[:3, 3] = -0.5
    still = a_head.scanned(an_even_grid)
    shift = np.eye(4)
    shift[:3, 3] = an_even_grid.affine[:3, :3] @ [0.5, 0.5, 0.5]
    truth = a_head.scanned(an_even_grid, shift)
    error = {
        kernel: np.abs(Resampler(still, kernel)(half_a_voxel) - truth)[2:-2, 2:-2, 2:-2].max()
        for kernel in ("linear", "cubic")
    }
    assert error["cubic"] < 0.05 * error["linear"]


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("kernel", ["linear", "cubic"])
def test_a_volume_one_voxel_thick_is_interpolated_within_its_plane(rng, kernel):
    plane = rng.normal(size=(16, 15, 1)).astype(np.float32)
    pull = pose_matrix((0.4, -0.6, 0, 0, 0, 6), (8, 7, 0))
    order = 1 if kernel == "linear" else 3
    flat = ndimage.map_coordinates(
        plane[..., 0].astype(float),
        (pull[:2, :2] @ np.indices((16, 15)).reshape(2, -1)) + pull[:2, 3:],
        order=order,
        mode="mirror",
    ).reshape(16, 15)
    assert_allclose(Resampler(plane, kernel)(pull)[..., 0], flat, rtol=0, atol=2e-5)


def test_cubic_interpolation_has_no_minimum_border(noise):
    with pytest.raises(ValueError, match="border must be 'mirror'"):
        Resampler(noise, "cubic", border="minimum")
