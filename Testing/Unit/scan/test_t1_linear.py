"""The published preparation brings a scan on to the template, in its frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from MotionQCLib.scan import Scan, read_scan
from MotionQCLib.scan.t1_linear import T1_LINEAR_GRID, t1_linear

from .conftest import turned_affine

# The 2009c frame is this far into the world; crop x 12:181, y 13:221, z 0:179 of 193 x 229 x 193.
FIRST_VOXEL_MM = [-96 + 12, -132 + 13, -78]


@pytest.fixture(scope="module")
def a_template_file() -> Path:
    datasets = pytest.importorskip("nilearn.datasets", reason="the template comes with nilearn")
    (file,) = Path(datasets.__file__).parent.rglob("mni_icbm152_t1_*.nii.gz")
    return file


@pytest.fixture(scope="module")
def in_the_frame(a_template_file: Path) -> np.ndarray:
    """The template itself in the published frame."""
    template = read_scan(a_template_file)
    frame = np.eye(4)
    frame[:3, 3] = FIRST_VOXEL_MM
    return resampled(template, np.linalg.inv(template.affine) @ frame, T1_LINEAR_GRID)


def resampled(scan: Scan, pull: np.ndarray, shape) -> np.ndarray:
    """The scan at `pull` of every index, linearly."""
    image = sitk.GetImageFromArray(scan.data.T.astype(np.float32))
    grid = sitk.Image([int(n) for n in shape], sitk.sitkUInt8)
    affine = sitk.AffineTransform(pull[:3, :3].ravel().tolist(), pull[:3, 3].tolist())
    return sitk.GetArrayFromImage(sitk.Resample(image, grid, affine, sitk.sitkLinear)).T


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a[b > 0], b[b > 0])[0, 1])


@pytest.mark.slow
def test_a_template_that_was_turned_and_scaled_comes_back(
    a_template_file: Path, in_the_frame: np.ndarray
) -> None:
    template = read_scan(a_template_file)
    shape = (110, 125, 105)
    lattice = turned_affine(shape, (2, 2, 2), codes="LAS", center=(0, -17, 20))
    push = turned_affine((1, 1, 1), (1.06, 0.95, 1.0), (6, -4, 8), center=(9, -12, 15))
    moved = resampled(template, np.linalg.inv(template.affine) @ push @ lattice, shape)
    scan = Scan(moved, lattice, "moved.nii", "nifti")
    prepared = t1_linear(scan, a_template_file, levels=2)
    assert prepared.shape == T1_LINEAR_GRID
    assert prepared.affine[:3, 3].tolist() == FIRST_VOXEL_MM
    assert likeness(prepared.data, in_the_frame) > 0.85


@pytest.mark.slow
def test_a_real_head_lands_on_the_template(
    real_data: Path, a_template_file: Path, in_the_frame: np.ndarray
) -> None:
    scan = read_scan(real_data / "ds002790/sub-0001/anat/sub-0001_T1w.nii.gz")
    coarse = Scan(scan.data[::2, ::2, ::2], scan.affine @ np.diag([2, 2, 2, 1]), "head", "nifti")
    prepared = t1_linear(coarse, a_template_file, levels=2)
    assert likeness(prepared.data, in_the_frame) > 0.4
