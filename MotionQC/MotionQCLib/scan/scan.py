"""A head scan in memory: voxels, where they are in the world, where they came from.

Arrays are indexed ``[i, j, k]``; the affine takes voxel indices to RAS world millimetres
(the convention of nibabel). A reader turns foreign conventions into this one at the border.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..anatomy import axis_codes
from .score_warning import ScoreWarning


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
