"""The same scan in another field of view: more air around it, or less."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from MotionQCLib.scan import Scan

_TISSUE = 0.1
_TISSUE_SHARE = 0.01
_MARGIN = 3


def padded(scan: Scan, widths: Sequence[tuple[int, int]]) -> Scan:
    """The scan with voxels of air before and after each axis."""
    affine = scan.affine.copy()
    affine[:3, 3] -= affine[:3, :3] @ [before for before, _ in widths]
    return dataclasses.replace(scan, data=np.pad(scan.data, widths), affine=affine)


def without_air(scan: Scan) -> Scan:
    """The scan cut to three voxels around the planes that hold any tissue to speak of."""
    tissue = scan.data > _TISSUE * np.percentile(scan.data, 99)
    box = []
    for axis in range(3):
        share = tissue.mean(axis=tuple(other for other in range(3) if other != axis))
        planes = np.flatnonzero(share > _TISSUE_SHARE)
        box.append(slice(max(0, int(planes[0]) - _MARGIN), int(planes[-1]) + _MARGIN + 1))
    affine = scan.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ [part.start for part in box]
    return dataclasses.replace(scan, data=scan.data[tuple(box)], affine=affine)
