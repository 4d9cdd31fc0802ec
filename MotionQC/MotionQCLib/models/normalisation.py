"""What a model expects of a conformed volume's intensities: the same words in training and scoring.

`scan.conform` already scales so that 0 stays 0 and the head's 99th percentile becomes 1; a model
may ask for more.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Normalisation = Literal["head-p99", "min-max", "z-score"]
"""`head-p99`: as conformed. `min-max`: to [0, 1] (Bricout 2025). `z-score` (Loizillon 2023)."""

NORMALISATIONS: tuple[str, ...] = get_args(Normalisation)


def normalise(volume: NDArray[np.float32], method: Normalisation) -> NDArray[np.float32]:
    """Intensities of a conformed volume as a model wants them, float32, the input untouched."""
    if method == "head-p99":
        return np.asarray(volume, dtype=np.float32)
    if method == "min-max":
        low, high = float(volume.min()), float(volume.max())
        return ((volume - low) / max(high - low, 1e-6)).astype(np.float32)
    if method == "z-score":
        return ((volume - volume.mean()) / max(float(volume.std()), 1e-6)).astype(np.float32)
    raise ValueError(f"method is {method!r}; choose one of {', '.join(NORMALISATIONS)}.")
