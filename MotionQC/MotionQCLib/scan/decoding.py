"""GDCM at work in a process of its own, which may die of what it is given."""

from __future__ import annotations

import math
import sys
from pathlib import Path

COMMAND = f"from {__name__} import main; main()"
"""What the child runs; its one argument is the folder of slices, one a file, named in order."""

RESULT = "decoded.npy"
"""Where the child leaves the values ``[slice, row, column]``."""

_MOST_BYTES = 4 << 30
"""Four times what the largest scan takes."""
_MOST_S = (8, 0.25)
"""Of the processor: to load what decodes, and for each slice."""


def main() -> None:
    """Decode the slices of a folder into one array."""
    folder = Path(sys.argv[1])
    files = sorted(folder.glob("*.dcm"))
    _limit(math.ceil(_MOST_S[0] + _MOST_S[1] * len(files)))
    import numpy as np
    import SimpleITK as sitk

    slices = []
    for file in files:
        image = sitk.ReadImage(str(file), imageIO="GDCMImageIO")
        slices.append(sitk.GetArrayFromImage(image)[0])
    np.save(folder / RESULT, np.stack(slices), allow_pickle=False)


def _limit(seconds: int) -> None:
    """Let a false claim fail, and what would go on for ever; Windows has no such limits."""
    if sys.platform != "win32":
        import resource

        for kind, most in (
            (resource.RLIMIT_AS, _MOST_BYTES),
            (resource.RLIMIT_CPU, seconds),
        ):
            _, hard = resource.getrlimit(kind)
            own = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (own, hard))
