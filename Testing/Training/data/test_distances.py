"""Distances to a surface: signed, in tenths of a millimetre, clipped."""

from __future__ import annotations

import numpy as np

from MotionQCTraining.data.distances import signed_distance


def test_the_distance_to_a_plane_is_counted_from_the_nearest_voxel_beyond_it() -> None:
    mask = np.zeros((30, 4, 4), bool)
    mask[:15] = True
    found = signed_distance(mask, np.array([1.5, 1.0, 1.0]))[:, 2, 2]
    expected = [min(15 * n, 120) for n in range(1, 16)]
    assert found.tolist() == [-n for n in reversed(expected)] + expected


def test_the_mask_is_where_the_distance_is_below_zero() -> None:
    mask = np.random.default_rng(0).random((20, 21, 22)) < 0.3
    found = signed_distance(mask, np.array([0.7, 1.0, 1.3]))
    np.testing.assert_array_equal(found < 0, mask)
    assert found.dtype == np.int8
