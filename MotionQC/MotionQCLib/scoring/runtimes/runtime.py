"""What a runtime is: a verified model, ready to turn volumes into logits on some device."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

DEFAULT_THREADS = 2


class Outputs(NamedTuple):
    """What one pass through a network gives."""

    motion: NDArray[np.float64]
    """Logits `(bins,)`."""
    ratings: NDArray[np.float64] | None
    """Outputs of the head of ratings; None in a model without one."""
    embedding: NDArray[np.float64]
    """Averages `(64,)` of the map from which the motion is read."""


class Runtime(Protocol):
    """A network on a device."""

    @property
    def name(self) -> str:
        """Library, device and precision, for a result's `runtime` field."""
        ...

    def outputs(self, volume: NDArray[np.float32]) -> Outputs:
        """Outputs of one normalised volume `(I, J, K)` on the model's grid."""
        ...

    def logits(self, volume: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logits `(bins,)` of the same: the motion alone."""
        ...


class Encoder(Protocol):
    """The first layers of a network on a device, in evaluation mode."""

    def encode(self, volume: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map `(C, i, j, k)` of one normalised volume `(I, J, K)` on the model's grid."""
        ...
