"""Mixing the spectra of differently posed heads along one array axis.

Slab ``k`` of k-space comes from the pose held while it was measured. The 0/1 mask ``m`` of a pose
is split into an even part ``e`` and an odd part ``o``: as ``X`` is the spectrum of a real image,
the inverse transform of ``e X`` is real and that of ``o X`` imaginary. So half spectra suffice,
and the magnitude needs two of them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from MotionQCLib.motion.mixing import Output


class Mixture:
    """The spectrum of one image, filled pose by pose.

    Parameters
    ----------
    shape : (I, J, K)
        Shape of the volumes.
    axis : int
        The slab axis of the array.
    device : torch.device
        Where the volumes are.
    output : "magnitude" or "real"
        Magnitude is what a scanner shows; real is the real part of the complex image.
    """

    def __init__(
        self, shape: tuple[int, int, int], axis: int, device: torch.device, output: Output
    ) -> None:
        self._axis, self._slabs = axis, shape[axis]
        half = [n // 2 + 1 if a == axis else n for a, n in enumerate(shape)]
        parts = 2 if output == "magnitude" else 1
        self._spectra = [
            torch.zeros(half, dtype=torch.complex64, device=device) for _ in range(parts)
        ]

    def add(self, volume: Tensor, held: Tensor) -> None:
        """Take some slabs of k-space from a posed volume.

        Parameters
        ----------
        volume : (I, J, K) float32 tensor
            The head in one pose.
        held : (n,) bool tensor on the CPU
            Which slabs were acquired in this pose, in FFT order.
        """
        half = torch.fft.rfft(volume, dim=self._axis)
        for spectrum, share in zip(self._spectra, _even_and_odd(held), strict=False):
            touched = share.nonzero()[:, 0]
            if len(touched) == 0:
                continue
            weight = share[touched].to(volume.device, non_blocking=True)
            slabs = touched.to(volume.device, non_blocking=True)
            weight = weight.view([-1 if a == self._axis else 1 for a in range(3)])
            spectrum.index_add_(self._axis, slabs, half.index_select(self._axis, slabs) * weight)

    def image(self) -> Tensor:
        """Return the image ``(I, J, K)`` of the slabs taken so far."""
        real, *imaginary = (
            torch.fft.irfft(spectrum, n=self._slabs, dim=self._axis)
            # The odd part's image is imaginary; times -i, its spectrum is a real image's.
            for spectrum in (self._spectra[0], *(-1j * odd for odd in self._spectra[1:]))
        )
        return torch.hypot(real, imaginary[0]) if imaginary else real


def _even_and_odd(held: Tensor) -> tuple[Tensor, Tensor]:
    """Parts ``(n // 2 + 1,)`` of a mask that transform to a real and to an imaginary kernel."""
    mask = held.to(torch.float32)
    mirrored = mask.flip(0).roll(1)
    kept = len(mask) // 2 + 1
    return (mask + mirrored)[:kept] / 2, (mask - mirrored)[:kept] / 2
