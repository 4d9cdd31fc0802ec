"""What one scanner shows of a head, and another one would not.

It comes after the motion: a scanner's noise does not move with the head.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from MotionQCLib.scan.conform import CEILING
from MotionQCTraining.synthesis.appearance import Look
from MotionQCTraining.synthesis.device.compiling import maybe_compiled
from MotionQCTraining.synthesis.device.resample import along_axes, grid_indices


class Shower:
    """Shows volumes in drawn appearances.

    Parameters
    ----------
    compiled : bool
        Whether to compile what works voxel by voxel.
    """

    def __init__(self, *, compiled: bool = False) -> None:
        self._lit = maybe_compiled(_lit, compiled)
        self._received = maybe_compiled(_received, compiled)

    def __call__(
        self,
        image: Tensor,
        look: Look,
        voxel_mm: tuple[float, float, float],
        generator: Generator,
    ) -> Tensor:
        """Return a moved volume ``(I, J, K)`` under a bias field, blurred, noisy, recontrasted.

        Parameters
        ----------
        image : (I, J, K) float32 tensor
            The moved volume.
        look : Look
            What was drawn; what it cuts away and its flips are left to the caller.
        voxel_mm : tuple
            Sides of a voxel.
        generator : Generator
            Source of the noise, on the volume's device.
        """
        device = image.device
        image = self._lit(image, _sent(look.bias.tolist(), device))
        if look.blur_mm > 0:
            image = blurred(image, look.blur_mm, voxel_mm)
        receive = _sent([look.noise, math.exp(look.log_gamma), look.gain], device)
        grain = torch.randn((2, *image.shape), generator=generator, device=device)
        return self._received(image, grain, receive)


def blurred(image: Tensor, blur_mm: float, voxel_mm: tuple[float, float, float]) -> Tensor:
    """Return a volume under a Gaussian of a standard deviation in mm."""
    return along_axes(
        image,
        [
            _gaussian(n, blur_mm / side, image.device)
            for n, side in zip(image.shape, voxel_mm, strict=True)
        ],
    )


def _sent(values: list[float], device: torch.device) -> Tensor:
    """Bring a few numbers to the device without waiting for it."""
    return torch.tensor(values).to(device, non_blocking=True)


def _gaussian(length: int, deviation: float, device: torch.device) -> Tensor:
    """Matrix ``(n, n)`` of a Gaussian, its rows summing to 1 at the ends too."""
    index = torch.arange(length, dtype=torch.float32, device=device)
    weight = torch.exp(-((index[:, None] - index) ** 2) / (2 * deviation**2))
    return weight / weight.sum(dim=1, keepdim=True)


def _lit(image: Tensor, bias: Tensor) -> Tensor:
    """Multiply by exp of a quadratic, see :class:`Look`."""
    x, y, z = (
        2.0 / (n - 1) * index - 1.0
        for index, n in zip(grid_indices(image.shape, image.device), image.shape, strict=True)
    )
    exponent = bias[0] * x + bias[1] * y + bias[2] * z
    exponent = exponent + bias[3] * x * x + bias[4] * y * y + bias[5] * z * z
    exponent = exponent + bias[6] * x * y + bias[7] * y * z + bias[8] * z * x
    return image.clamp(0.0, CEILING) * exponent.exp()


def _received(image: Tensor, grain: Tensor, receive: Tensor) -> Tensor:
    """Rician noise, gamma and gain."""
    noise, gamma, gain = receive
    real = image + noise * grain[0]
    imaginary = noise * grain[1]
    return (real * real + imaginary * imaginary).sqrt() ** gamma * gain
