"""A head that is known everywhere in space, and the grids on which it is scanned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

BLOBS = np.array(
    # right, front, up (mm), width (mm), brightness
    [
        [0.0, 0.0, 0.0, 5.5, 1.0],
        [6.0, 2.0, -4.0, 4.5, 0.7],
        [-5.0, 5.0, 3.0, 5.0, 0.5],
        [1.0, -7.0, 5.0, 5.0, 0.9],
    ]
)


class BlobHead:
    """A sum of Gaussian blobs: its value is known at every point, so no interpolation is needed."""

    def __call__(self, points: Array) -> Array:
        """Values `(...)` at RAS points `(..., 3)`, mm."""
        squared = ((points[..., np.newaxis, :] - BLOBS[:, :3]) ** 2).sum(axis=-1)
        return (BLOBS[:, 4] * np.exp(-squared / (2 * BLOBS[:, 3] ** 2))).sum(axis=-1)

    def scanned(self, grid: Grid, push: Array | None = None) -> Array:
        """The head on a grid, moved as a whole by a push map."""
        points = grid.points()
        if push is not None:
            back = np.linalg.inv(push)
            points = points @ back[:3, :3].T + back[:3, 3]
        return self(points)


@dataclass(frozen=True)
class Grid:
    """Shape and affine of a scan."""

    shape: tuple[int, int, int]
    affine: Array

    def points(self) -> Array:
        """RAS points `(I, J, K, 3)` of all voxels."""
        index = np.stack(np.meshgrid(*map(np.arange, self.shape), indexing="ij"), axis=-1)
        return index @ self.affine[:3, :3].T + self.affine[:3, 3]


def centered_grid(shape, spacing, turned_deg=(0, 0, 0)) -> Grid:
    """A grid whose middle is the world's origin, nearly there for odd sides, turned if asked."""
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", turned_deg, degrees=True).as_matrix() * spacing
    affine[:3, 3] = -affine[:3, :3] @ (np.array(shape) // 2)
    return Grid(tuple(shape), affine)


GRIDS = {
    "even": centered_grid((32, 36, 40), (2.0, 2.0, 2.0)),
    "odd and anisotropic": centered_grid((33, 27, 45), (2.0, 2.5, 1.6)),
    "mixed and oblique": centered_grid((34, 29, 36), (2.0, 2.4, 1.9), (12, -9, 15)),
}


@pytest.fixture
def a_head() -> BlobHead:
    return BlobHead()


@pytest.fixture(params=GRIDS.values(), ids=GRIDS.keys())
def a_grid(request) -> Grid:
    return request.param


@pytest.fixture
def an_even_grid() -> Grid:
    return GRIDS["even"]


@pytest.fixture
def an_oblique_grid() -> Grid:
    return GRIDS["mixed and oblique"]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20250704)


@pytest.fixture(params=["compiled", "stock"])
def each_route(request, monkeypatch) -> str:
    """Both ways to interpolate: numba's kernels, and what a stock Slicer has."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    monkeypatch.setenv("MOTIONQC_NUMBA", "1" if request.param == "compiled" else "0")
    return request.param


def energy_slowly(volume, affine, array_axis):
    """Sum of |k|^2 |X|^2 over each slab, from the whole spectrum; k from the affine's spacings."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    k = np.meshgrid(*map(np.fft.fftfreq, volume.shape, spacing), indexing="ij")
    power = sum(component**2 for component in k) * np.abs(np.fft.fftn(volume)) ** 2
    slabs = power.sum(axis=tuple(a for a in range(3) if a != array_axis))
    return slabs / slabs.sum()
