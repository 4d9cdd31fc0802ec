"""Which anatomical direction each array axis of a scan comes closest to."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike

_POSITIVE, _NEGATIVE = "RAS", "LPI"


def nearest_axes(affine: ArrayLike) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Match array axes with world axes, each used once: the pairing of largest summed alignment.

    Parameters
    ----------
    affine : (4, 4) array
        Voxel indices to RAS mm.

    Returns
    -------
    world : tuple of 3 ints
        The world axis (0 right, 1 anterior, 2 superior) of each array axis.
    sign : tuple of 3 ints
        +1 where the array axis runs along that world axis, -1 where it runs against it.
    """
    columns = np.asarray(affine, dtype=float)[:3, :3]
    cosines = columns / np.linalg.norm(columns, axis=0)
    alignment = np.abs(cosines)
    i, j, k = max(permutations(range(3)), key=lambda world: alignment[world, (0, 1, 2)].sum())
    signs = [1 if cosines[world, axis] >= 0 else -1 for axis, world in enumerate((i, j, k))]
    return (i, j, k), (signs[0], signs[1], signs[2])


def axis_codes(affine: ArrayLike) -> str:
    """Name the anatomical direction nearest to each array axis.

    Examples
    --------
    >>> axis_codes(np.diag([-1.0, 1.0, 2.0, 1.0]))
    'LAS'
    """
    world, sign = nearest_axes(affine)
    return "".join((_POSITIVE if s > 0 else _NEGATIVE)[w] for w, s in zip(world, sign, strict=True))
