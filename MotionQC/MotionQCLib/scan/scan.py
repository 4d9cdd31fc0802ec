"""A head scan in memory: voxels, where they are in the world, where they came from.

Arrays are indexed ``[i, j, k]``; the affine takes voxel indices to RAS world millimetres
(the convention of nibabel). A reader turns foreign conventions into this one at the border.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .score_warning import ScoreWarning

_POSITIVE, _NEGATIVE = "RAS", "LPI"


@dataclass(frozen=True)
class Scan:
    """One three-dimensional scan as its file has it.

    Parameters
    ----------
    data : ndarray, shape (I, J, K)
        Intensities in the file's own type, or float32 where the file asks for scaling.
    affine : ndarray, shape (4, 4), float64
        Voxel indices to RAS millimetres.
    source : str
        What to call the scan in messages: the base name of the user's file or folder.
    format : str
        ``"nifti"``, ``"mgh"``, ``"nrrd"``, ``"metaimage"`` or ``"dicom"``.
    notes : tuple of str
        What the reader wants to be known, one sentence each. They never hold a patient's name.
    warnings : tuple of ScoreWarning
        What the reader had to assume, and a score rests on.
    whole_file : bool
        True where the one file that was read holds all of the scan and nothing else, so that its
        checksum tells the scan from every other.
    """

    data: NDArray[np.generic]
    affine: NDArray[np.float64]
    source: str
    format: str
    notes: tuple[str, ...] = ()
    warnings: tuple[ScoreWarning, ...] = ()
    whole_file: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along each array axis."""
        i, j, k = self.data.shape
        return i, j, k

    @property
    def spacing(self) -> NDArray[np.float64]:
        """Voxel size along each array axis, shape (3,), mm."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def axcodes(self) -> str:
        """The anatomical direction that each array axis comes closest to, for example ``"LAS"``."""
        return axis_codes(self.affine)


def axis_codes(affine: NDArray[np.float64]) -> str:
    """Name the anatomical direction nearest to each array axis.

    Examples
    --------
    >>> axis_codes(np.diag([-1.0, 1.0, 2.0, 1.0]))
    'LAS'
    """
    world, sign = nearest_axes(affine)
    return "".join((_POSITIVE if s > 0 else _NEGATIVE)[w] for w, s in zip(world, sign, strict=True))


def nearest_axes(affine: NDArray[np.float64]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Match array axes with world axes, each world axis used once.

    Returns
    -------
    world : tuple of 3 ints
        The world axis (0 right, 1 anterior, 2 superior) of each array axis.
    sign : tuple of 3 ints
        +1 where the array axis runs along that world axis, -1 where it runs against it.
    """
    direction = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    left = np.abs(direction)
    world = [0, 0, 0]
    for _ in range(3):
        row, column = np.unravel_index(int(np.argmax(left)), left.shape)
        world[int(column)] = int(row)
        left[row, :] = -1.0
        left[:, column] = -1.0
    sign = tuple(1 if direction[w, axis] > 0 else -1 for axis, w in enumerate(world))
    return tuple(world), sign
