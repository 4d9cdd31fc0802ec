"""Volumes that are known everywhere in the world, and the grids on which they are scanned."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from MotionQCLib.scan import Scan

Array = NDArray[np.float64]

# Misuses are made by the benchmark of warnings.
sys.path.append(str(Path(__file__).resolve().parents[2] / "Benchmarks"))


def world_points(shape, affine: Array) -> Array:
    """RAS points `(I, J, K, 3)` of all voxels, computed one by one."""
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    return index @ affine[:3, :3].T + affine[:3, 3]


def turned_affine(shape, spacing, turned_deg=(0, 0, 0), codes="RAS", center=(4, -7, 11)) -> Array:
    """An affine with anatomical array axes `codes`, then tilted, with a given middle."""
    columns = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}
    matrix = np.zeros((3, 3))
    for axis, code in enumerate(codes):
        matrix[columns[code], axis] = spacing[axis] * (1 if code in "RAS" else -1)
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", turned_deg, degrees=True).as_matrix() @ matrix
    affine[:3, 3] = center - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


def world_axes(shape, affine: Array) -> list[NDArray[np.float32]]:
    """The three coordinates of all voxels, RAS mm, without an array of points."""
    i, j, k = (axis.astype(np.float32) for axis in np.ogrid[tuple(map(slice, shape))])
    return [row[0] * i + row[1] * j + row[2] * k + row[3] for row in affine[:3].astype(np.float32)]


def a_ramp(shape, affine: Array) -> NDArray[np.float32]:
    """A linear function of the world, which every sound interpolation keeps."""
    right, front, up = world_axes(shape, affine)
    return np.float32(900) + np.float32(1.7) * right + np.float32(0.9) * front - up


LATTICES = {
    "isotropic": ((150, 181, 164), (1, 1, 1), (0, 0, 0), "RAS"),
    "flipped and permuted": ((164, 181, 150), (1, 1, 1), (0, 0, 0), "IPL"),
    "anisotropic": ((139, 150, 170), (1.2, 1.3, 0.9), (0, 0, 0), "LAS"),
    "sagittal, finer": ((200, 190, 210), (0.8, 0.8, 0.75), (0, 0, 0), "PSR"),
    "oblique": ((160, 171, 150), (1, 1, 1.1), (7, -4, 12), "LPS"),
    "oblique and finer": ((211, 200, 190), (0.8, 0.8, 0.8), (-9, 3, 2), "ASL"),
}


@pytest.fixture(params=LATTICES, scope="module")
def a_scanned_ramp(request: pytest.FixtureRequest) -> Scan:
    """The ramp on a lattice of its own."""
    shape, spacing, turned_deg, codes = LATTICES[request.param]
    affine = turned_affine(shape, spacing, turned_deg, codes)
    return Scan(a_ramp(shape, affine), affine, "ramp", "nifti")
