"""A volume on another grid: by axes, compiled and by SimpleITK, against double precision."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import ndimage

from MotionQCLib.motion import pose_matrix
from MotionQCLib.resampling.on_grid import runs_along_axes, spline_on_grid

SHAPE = (24, 31, 28)
ALONG = np.array(
    [[0.0, 0, -0.8, 22.7], [1.1, 0, 0, -2.3], [0, 0.9, 0, 3.4], [0, 0, 0, 1]], dtype=float
)
TILTED = pose_matrix((1.3, -0.7, 2.4, 8, -6, 11), (9, 11, 8)) @ ALONG


@pytest.fixture
def coefficients(rng):
    return rng.normal(size=SHAPE).astype(np.float32)


def in_double_precision(coefficients, pull, shape):
    index = np.indices(shape).reshape(3, -1)
    position = pull[:3, :3] @ index + pull[:3, 3:]
    values = ndimage.map_coordinates(
        coefficients.astype(float), position, order=3, mode="mirror", prefilter=False
    )
    last = np.array(coefficients.shape)[:, np.newaxis] - 1
    values[((position < -0.5) | (position > last + 0.5)).any(axis=0)] = 0
    return values.reshape(shape)


@pytest.mark.usefixtures("each_route")
@pytest.mark.parametrize("pull", [ALONG, TILTED], ids=["along the axes", "tilted"])
def test_a_spline_on_a_grid_is_that_of_a_double_precision_oracle(coefficients, pull):
    shape = (40, 21, 33)
    expected = in_double_precision(coefficients, pull, shape)
    assert 0.05 < (expected == 0).mean() < 0.95
    assert_allclose(spline_on_grid(coefficients, pull, shape), expected, rtol=0, atol=3e-5)


@pytest.mark.usefixtures("each_route")
def test_the_order_in_memory_does_not_matter(coefficients):
    shape = (20, 21, 22)
    expected = spline_on_grid(coefficients, TILTED, shape)
    reached = spline_on_grid(np.asfortranarray(coefficients), TILTED, shape)
    assert np.array_equal(reached, expected)


def test_a_tilt_counts_from_a_twentieth_of_a_voxel_over_the_grid():
    tilt = np.eye(4)
    tilt[0, 1] = 0.0004
    assert runs_along_axes(tilt, 100)
    assert not runs_along_axes(tilt, 200)
