"""MGH and MGZ, the volume format of FreeSurfer: a header of 284 bytes, big-endian voxels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from nibabel.freesurfer.mghformat import MGHHeader

from ..errors import InputError
from .content import make_scan, require_volume
from .packed import capacity, packing_of, read_bytes
from .scan import Scan

_HEADER_SIZE = 284


def read_mgh(path: Path) -> Scan:
    """Read an MGH or MGZ file.

    A file whose orientation is marked invalid gets FreeSurfer's default (coronal, 1 mm) from
    nibabel, and a note says so.

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
    with np.errstate(invalid="ignore"):
        affine = header.get_affine()
    notes = [] if header["goodRASFlag"] == 1 else ["The MGH header names no orientation."]
    return make_scan(data, affine, source=path.name, format="mgh", notes=notes)
