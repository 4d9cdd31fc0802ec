"""MGH and MGZ, the volume format of FreeSurfer: a header of 284 bytes, big-endian voxels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from nibabel.freesurfer.mghformat import MGHHeader
from numpy.typing import NDArray

from ..errors import InputError
from .content import make_scan, require_volume
from .packed import capacity, packing_of, read_bytes
from .scan import Scan
from .score_warning import no_orientation

_HEADER_SIZE = 284
_ORIENTATION_FLAG = 28
"""Byte of the header at which ``goodRASFlag`` begins."""
_LEFT_INFERIOR_ANTERIOR = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def read_mgh(path: Path) -> Scan:
    """Read an MGH or MGZ file.

    A file whose orientation is marked invalid gets FreeSurfer's default (coronal slices, 1 mm,
    centred on the origin), and a warning says so.

    Raises
    ------
    InputError
        ``corrupt``, or a code of :mod:`.content` and :mod:`.packed`.
    """
    packing = packing_of(path)
    head = bytes(read_bytes(path, _HEADER_SIZE, packing))
    try:
        header = MGHHeader(head, check=False)
        dtype = header.get_data_dtype().newbyteorder(">")
    except (ValueError, KeyError) as error:
        raise InputError(
            "corrupt", f"{path.name}: its MGH header is damaged; convert the scan again."
        ) from error
    available = capacity(path, packing) - _HEADER_SIZE
    shape = require_volume(header["dims"], dtype.itemsize, available, path.name)
    count = int(np.prod(shape))
    content = read_bytes(path, _HEADER_SIZE + count * dtype.itemsize, packing)
    data = np.frombuffer(content, dtype, count, _HEADER_SIZE).reshape(shape, order="F")
    # Read from the bytes: nibabel raises the flag, having filled a default of its own in.
    named = np.frombuffer(head, ">i2", 1, _ORIENTATION_FLAG)[0]
    with np.errstate(invalid="ignore"):
        affine = header.get_affine() if named else _default_affine(shape)
    warnings = [] if named else [no_orientation("MGH", "left, inferior, anterior, of 1 mm")]
    return make_scan(
        data, affine, source=path.name, format="mgh", warnings=warnings, whole_file=True
    )


def _default_affine(shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """Voxel indices to RAS mm where the file does not say."""
    affine = np.eye(4)
    affine[:3, :3] = _LEFT_INFERIOR_ANTERIOR
    affine[:3, 3] = -affine[:3, :3] @ (np.array(shape) / 2)
    return affine
