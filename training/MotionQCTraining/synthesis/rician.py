"""The noise of a magnitude image."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray


def with_noise(rng: Generator, image: NDArray[np.float32], deviation: float) -> NDArray[np.float32]:
    """Return an image with Rician noise: normal in its real and in its imaginary part.

    Parameters
    ----------
    rng : Generator
        Source of the noise.
    image : (I, J, K) float32 array
        What would be seen without it.
    deviation : float
        Standard deviation in either part, in units of the image.
    """
    grain = rng.standard_normal((2, *image.shape), np.float32) * np.float32(deviation)
    noisy: NDArray[np.float32] = np.hypot(image + grain[0], grain[1])
    return noisy
