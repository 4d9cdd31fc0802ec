"""Named arrays in one file that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.atomic_file import replacing


def save_arrays(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an uncompressed ``.npz``; two processes may make the same file at once."""
    with replacing(file) as stream:
        np.savez(stream, **dict(arrays))  # type: ignore[arg-type]
