"""Another head from the same scan: elsewhere bent, at the same place, with masks that follow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.data.volumes import PreparedScan, load, prepare
from MotionQCTraining.synthesis.other_heads import other_head

GRID = (96, 96, 96)


@pytest.fixture(scope="module")
def scan(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> PreparedScan:
    rows = read_manifest(small_dataset)[:1]
    (file,) = prepare(rows, tmp_path_factory.mktemp("prepared"), GRID)
    return load(file, rows[0])


def bent(scan: PreparedScan, seed: int = 1, **reach: float) -> PreparedScan:
    return other_head(
        np.random.default_rng(seed), scan, **{"elastic_mm": 8.0, "scale": 0.06, **reach}
    )


def test_nothing_changes_where_nothing_may(scan: PreparedScan) -> None:
    same = bent(scan, elastic_mm=0.0, scale=0.0)
    np.testing.assert_allclose(same.image, scan.image, atol=2e-3)
    np.testing.assert_allclose(same.head_distance, scan.head_distance, atol=1e-4)


def test_the_head_is_another_one_with_the_masks_of_that(scan: PreparedScan) -> None:
    other = bent(scan)
    assert np.abs(other.image - scan.image).mean() > 0.02
    inside = other.head_distance < -2
    assert 0.8 < inside.sum() / (scan.head_distance < -2).sum() < 1.25
    assert np.median(other.image[inside]) == pytest.approx(
        np.median(scan.image[scan.head_distance < -2]), rel=0.1
    )
    assert other.image.min() >= 0


def test_the_centre_stays_where_it_is(scan: PreparedScan) -> None:
    other = bent(scan)
    voxel = np.linalg.inv(scan.affine) @ [*scan.center, 1.0]
    i, j, k = np.round(voxel[:3]).astype(int)
    near = (slice(i - 1, i + 2), slice(j - 1, j + 2), slice(k - 1, k + 2))
    assert np.abs(other.image[near] - scan.image[near]).mean() < 0.1


def test_gradient_energy_is_that_of_the_other_head(scan: PreparedScan) -> None:
    other = bent(scan)
    for axis, energy in other.energy.items():
        assert energy.sum() == pytest.approx(1.0)
        assert not np.allclose(energy, scan.energy[axis], rtol=0.01)


def test_the_same_seed_makes_the_same_head(scan: PreparedScan) -> None:
    np.testing.assert_array_equal(bent(scan, 3).image, bent(scan, 3).image)
    assert not np.array_equal(bent(scan, 3).image, bent(scan, 4).image)
