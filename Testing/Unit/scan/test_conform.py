"""On a model's grid a scan keeps its place, its detail and its zero."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from MotionQCLib.errors import InputError
from MotionQCLib.scan import Scan, conform

from .conftest import a_ramp, turned_affine, world_points

GRID = (64, 75, 66)


def inner(volume: np.ndarray, margin: int = 2) -> np.ndarray:
    return volume[(slice(margin, -margin),) * 3]


def a_wave(period_mm: float, spacing_mm: float, phase_mm: float = 0.0) -> Scan:
    """A wave along the front-to-back axis, in a block of 90 mm shifted by `phase_mm`."""
    shape = (round(90 / spacing_mm),) * 3
    affine = turned_affine(shape, (spacing_mm,) * 3, center=(0, phase_mm, 0))
    y = affine[1, 1] * np.arange(shape[1]) + affine[1, 3]
    wave = (500 + 100 * np.sin(2 * np.pi * y / period_mm)).astype(np.float32)
    return Scan(np.ones(shape, np.float32) * wave[:, np.newaxis], affine, "wave", "nifti")


def amplitude(scan: Scan, grid=GRID) -> float:
    """What of the wave's amplitude is left, by its standard deviation."""
    conformed = conform(scan, grid)
    return float(np.sqrt(2) * inner(conformed.data, 12).std() * conformed.scale / 100)


def test_a_world_point_lands_where_the_affine_says(a_scanned_ramp: Scan) -> None:
    conformed = conform(a_scanned_ramp, GRID)
    expected = a_ramp(GRID, conformed.affine)
    reached = inner(conformed.data) * conformed.scale
    below_ceiling = inner(expected) < 1.45 * conformed.scale
    np.testing.assert_allclose(reached[below_ceiling], inner(expected)[below_ceiling], atol=0.05)


def test_the_box_has_axes_of_the_world_and_the_brains_center_in_its_middle(
    a_scanned_ramp: Scan,
) -> None:
    conformed = conform(a_scanned_ramp, GRID)
    np.testing.assert_array_equal(conformed.affine[:3, :3], np.eye(3))
    middle = (conformed.affine @ [*(np.array(GRID) - 1) / 2, 1])[:3]
    assert np.abs(middle - conformed.head.brain_center_mm).max() < 0.66
    assert conformed.data.shape == GRID
    assert conformed.data.dtype == np.float32


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PSR", "IRP"])
def test_a_scan_on_the_targets_lattice_is_copied_voxel_by_voxel(codes: str) -> None:
    rng = np.random.default_rng(0)
    shape = (171, 180, 165)
    affine = turned_affine(shape, (1, 1, 1), codes=codes, center=(0.37, 5.21, -3.9))
    scan = Scan(rng.integers(1, 900, shape).astype(np.int16), affine, "noise", "nifti")
    conformed = conform(scan, GRID)
    index = world_points(GRID, np.linalg.inv(affine) @ conformed.affine)
    i, j, k = np.moveaxis(np.round(index).astype(int), -1, 0)
    np.testing.assert_allclose(index, np.round(index), atol=1e-6)
    expected = np.minimum(scan.data[i, j, k] / conformed.scale, 1.5)
    np.testing.assert_allclose(conformed.data, expected, rtol=1e-6)


def test_outside_the_scan_is_zero() -> None:
    scan = Scan(np.full((90, 90, 90), 5.0, np.float32), np.eye(4), "block", "nifti")
    scan.data[40:50] = 6.0
    data = conform(scan, (120, 120, 120)).data
    assert np.count_nonzero(data) == 90**3
    assert data[0].max() == 0


def test_fine_detail_is_not_blurred() -> None:
    # Half way between voxels a linear kernel would leave cos(60 deg) = 0.5 of this wave.
    assert amplitude(a_wave(3.0, 1.05, 0.4)) > 0.9


def test_detail_finer_than_the_grid_does_not_fold_back() -> None:
    assert amplitude(a_wave(1.3, 0.5)) < 0.05


def test_detail_that_the_grid_can_hold_survives_the_filter() -> None:
    assert amplitude(a_wave(6.0, 0.5)) > 0.95
    assert amplitude(a_wave(6.0, 0.8)) > 0.95


def test_the_same_scan_gives_the_same_bits_and_is_left_alone(a_scanned_ramp: Scan) -> None:
    before = a_scanned_ramp.data.copy()
    first, second = conform(a_scanned_ramp, GRID), conform(a_scanned_ramp, GRID)
    np.testing.assert_array_equal(first.data, second.data)
    np.testing.assert_array_equal(a_scanned_ramp.data, before)


def test_the_memory_order_of_a_scan_does_not_matter(a_head_scan: Scan) -> None:
    fortran = dataclasses.replace(a_head_scan, data=np.asfortranarray(a_head_scan.data))
    np.testing.assert_array_equal(conform(a_head_scan).data, conform(fortran).data)


def test_a_tilted_scan_is_the_same_without_numba(
    a_head_scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    tilt = np.eye(4)
    tilt[:3, :3] = Rotation.from_euler("xyz", [9, -4, 6], degrees=True).as_matrix()
    tilted = dataclasses.replace(a_head_scan, affine=tilt @ a_head_scan.affine)
    compiled = conform(tilted, GRID)
    monkeypatch.setenv("MOTIONQC_NUMBA", "0")
    stock = conform(tilted, GRID)
    np.testing.assert_allclose(compiled.data, stock.data, atol=2e-6)
    assert compiled.scale == pytest.approx(stock.scale, rel=1e-6)


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 0, 1), (1, 0, 2)])
def test_the_order_of_a_tilted_scans_array_axes_does_not_matter(a_head_scan: Scan, order) -> None:
    tilt = np.eye(4)
    tilt[:3, :3] = Rotation.from_euler("xyz", [9, -4, 6], degrees=True).as_matrix()
    tilted = dataclasses.replace(a_head_scan, affine=tilt @ a_head_scan.affine)
    turned = tilted.affine.copy()
    turned[:3, :3] = tilted.affine[:3, list(order)]
    other = dataclasses.replace(tilted, data=tilted.data.transpose(order), affine=turned)
    expected, reached = conform(tilted, GRID), conform(other, GRID)
    np.testing.assert_allclose(reached.data, expected.data, atol=2e-6)
    assert reached.scale == pytest.approx(expected.scale)


def test_the_cores_99th_percentile_becomes_one(a_head_scan: Scan) -> None:
    conformed = conform(a_head_scan)
    points = world_points(conformed.data.shape, conformed.affine)
    distance = np.linalg.norm(points - conformed.head.brain_center_mm, axis=-1)
    core = conformed.data[distance <= 55]
    assert np.percentile(core[core > 0], 99) == pytest.approx(1, abs=0.01)
    assert conformed.data.min() == 0
    assert conformed.data.max() <= 1.5


def test_brightness_does_not_matter(a_head_scan: Scan) -> None:
    brighter = dataclasses.replace(a_head_scan, data=a_head_scan.data * 8)
    np.testing.assert_allclose(conform(brighter).data, conform(a_head_scan).data, atol=1e-5)


def test_bright_scalp_does_not_change_the_brains_scale(a_head_scan: Scan) -> None:
    scalp = a_head_scan.data > 740
    fatter = dataclasses.replace(a_head_scan, data=np.where(scalp, 2000, a_head_scan.data))
    assert conform(fatter).scale == pytest.approx(conform(a_head_scan).scale, rel=0.02)


def test_a_negative_background_becomes_zero(a_head_scan: Scan) -> None:
    lowered = dataclasses.replace(a_head_scan, data=a_head_scan.data - 250)
    difference = conform(lowered).data - conform(a_head_scan).data
    assert np.abs(difference).mean() < 0.01


def test_another_grid_shows_the_same_place(a_head_scan: Scan) -> None:
    fine, coarse = conform(a_head_scan), conform(a_head_scan, (48, 50, 46), 3.0)
    index = world_points((48, 50, 46), np.linalg.inv(fine.affine) @ coarse.affine)
    smooth = ndimage.gaussian_filter(fine.data, 1.3)
    looked_up = ndimage.map_coordinates(smooth, np.moveaxis(index, -1, 0), order=1)
    assert np.corrcoef(looked_up.ravel(), coarse.data.ravel())[0, 1] > 0.97


def test_a_scan_without_signal_is_refused() -> None:
    data = np.zeros((60, 60, 60), np.float32)
    data[0, 0, 0] = 1
    with pytest.raises(InputError, match="no signal"):
        conform(Scan(data, np.diag([3.0, 3.0, 3.0, 1.0]), "dark.nii", "nifti"))
