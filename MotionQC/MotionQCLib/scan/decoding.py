"""GDCM at work in a process of its own, which may die of what it is given."""

from __future__ import annotations

import sys
from pathlib import Path

COMMAND = f"from {__name__} import main; main()"
"""What the child runs; its one argument is the folder of slices, one a file, named in order."""

RESULT = "decoded.npy"
"""Where the child leaves the values ``[slice, row, column]``."""

_MOST_BYTES = 4 << 30
"""Four times what the largest scan takes."""


def main() -> None:
    """Decode the slices of a folder into one array."""
    _limit_memory()
    import numpy as np
    import SimpleITK as sitk

    folder = Path(sys.argv[1])
    slices = []
    for file in sorted(folder.glob("*.dcm")):
        image = sitk.ReadImage(str(file), imageIO="GDCMImageIO")
        slices.append(sitk.GetArrayFromImage(image)[0])
    np.save(folder / RESULT, np.stack(slices), allow_pickle=False)


def _limit_memory() -> None:
    """Let a false claim fail; Windows has no such limit."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = _MOST_BYTES if hard == resource.RLIM_INFINITY else min(_MOST_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
