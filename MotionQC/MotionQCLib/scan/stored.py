"""Voxels stored after, or beside, a header of text: what NRRD and MetaImage have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .content import require_volume
from .packed import Packing, capacity, read_bytes


@dataclass(frozen=True)
class StoredVoxels:
    """Where voxels lie, and how.

    Parameters
    ----------
    file : Path
        The header's own file, or the one that it names.
    start : int
        Byte of that file at which the voxels begin.
    packing : Packing
        How they are packed from there on.
    dtype : numpy.dtype
        Their type, byte order included.
    """

    file: Path
    start: int
    packing: Packing
    dtype: np.dtype[np.generic]

    def read(self, sizes: Sequence[int], source: str) -> NDArray[np.generic]:
        """The array [i, j, k], first axis fastest in the file.

        Raises
        ------
        InputError
            A code of :mod:`.content` or :mod:`.packed`.
        """
        available = capacity(self.file, self.packing, self.start)
        shape = require_volume(sizes, self.dtype.itemsize, available, source)
        count = int(np.prod(shape))
        content = read_bytes(self.file, count * self.dtype.itemsize, self.packing, self.start)
        return np.frombuffer(content, self.dtype, count).reshape(shape, order="F")


def file_beside(header: Path, name: str) -> Path:
    """The file that a header names, in its own folder or below.

    Raises
    ------
    InputError
        ``truncated`` if it is missing, ``unsafe-path`` if it would lie elsewhere.
    """
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in name:
        raise InputError(
            "unsafe-path",
            f"{header.name}: names a voxel file in another folder ({name:.80}); put both into one.",
        )
    file = header.parent / place
    if not file.is_file():
        raise InputError(
            "truncated",
            f"{header.name}: its voxel file {name:.80} is missing; keep both together.",
        )
    return file


@contextmanager
def header_faults(path: Path, kind: str) -> Iterator[None]:
    """Turn what a damaged header of text makes Python raise into a fault of the input.

    Raises
    ------
    InputError
        ``corrupt``.
    """
    try:
        yield
    except InputError:
        raise
    except (KeyError, ValueError, IndexError) as error:
        raise InputError(
            "corrupt",
            f"{path.name}: its {kind} header is incomplete or damaged; export the scan again.",
        ) from error
