"""NIfTI-1 and NIfTI-2 in one file (``.nii``, ``.nii.gz``).

nibabel reads the header; the voxels are read here, because the sizes that a header claims must
be held against the bytes that are there before anything is allocated.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .content import make_scan, require_volume
from .packed import capacity, packing_of, read_bytes
from .scan import Scan
from .score_warning import ScoreWarning, no_orientation

_NIFTI1_SIZE, _NIFTI2_SIZE = 348, 540


def read_nifti(path: Path) -> Scan:
    """Read a NIfTI file.

    Where the header names no space (sform and qform code 0), nibabel's default applies: the
    voxel axes are taken as left, anterior, superior, and a warning says so.

    Raises
    ------
    InputError
        ``corrupt``, ``mislabelled``, or a code of :mod:`.content` and :mod:`.packed`.
    """
    header = _read_header(path)
    dtype = header.get_data_dtype()
    if dtype.kind not in "biuf":
        raise InputError(
            "not-scalar",
            f"{path.name}: stores {dtype.name.split('(')[0]} voxels (colour or complex); "
            "give the magnitude image with one value a voxel.",
        )
    offset, packing = header.get_data_offset(), packing_of(path)
    available = capacity(path, packing) - offset
    shape = require_volume(header.get_data_shape(), dtype.itemsize, available, path.name)
    count = int(np.prod(shape))
    content = read_bytes(path, offset + count * dtype.itemsize, packing)
    stored = np.frombuffer(content, dtype, count, offset).reshape(shape, order="F")
    return make_scan(
        _scaled(stored, header, path),
        header.get_best_affine(),
        source=path.name,
        format="nifti",
        warnings=_warnings(header),
        whole_file=True,
    )


def _read_header(path: Path) -> Any:
    """Parse the header, whichever of the two versions and byte orders it has."""
    packing = packing_of(path)
    head = bytes(read_bytes(path, _NIFTI1_SIZE, packing))
    second = head[4:8] in (b"n+2\0", b"ni2\0")
    if second:
        head = bytes(read_bytes(path, _NIFTI2_SIZE, packing))
    single_file = head[344:348] == b"n+1\0" or head[4:8] == b"n+2\0"
    header: Any
    try:
        header = (nib.Nifti2Header if second else nib.Nifti1Header)(head, check=False)
        header.get_data_dtype(), header.get_data_shape(), header.get_best_affine()
        offset = header.get_data_offset()
    except (nib.spatialimages.HeaderDataError, ValueError, KeyError, IndexError) as error:
        raise _corrupt(path) from error
    if not single_file:
        raise InputError(
            "mislabelled",
            f"{path.name}: is the header of a NIfTI pair (.hdr, .img); save it as one .nii file.",
        )
    if offset < _NIFTI1_SIZE:
        raise _corrupt(path)
    return header


def _corrupt(path: Path) -> InputError:
    """Build the error of a header that makes no sense."""
    return InputError(
        "corrupt",
        f"{path.name}: its NIfTI header is damaged; convert the scan again from its original.",
    )


def _scaled(stored: NDArray[np.generic], header: Any, path: Path) -> NDArray[np.generic]:
    """Apply the header's slope and intercept where they change anything."""
    try:
        slope, intercept = header.get_slope_inter()
    except nib.spatialimages.HeaderDataError as error:
        raise _corrupt(path) from error
    if slope in (None, 1.0) and intercept in (None, 0.0):
        return stored
    scaled = np.empty(stored.shape, np.float32, order="F")
    with np.errstate(over="ignore", invalid="ignore"):
        # Slice by slice: what lies between is of 64 bits.
        for k in range(stored.shape[2]):
            scaled[..., k] = stored[..., k] * np.float64(slope) + np.float64(intercept)
    return scaled


def _warnings(header: Any) -> list[ScoreWarning]:
    """Warn of a header that does not say where the voxels are."""
    named = int(header["sform_code"]) != 0 or int(header["qform_code"]) != 0
    return [] if named else [no_orientation("NIfTI", "left, anterior, superior")]
