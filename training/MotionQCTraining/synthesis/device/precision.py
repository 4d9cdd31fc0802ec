"""Arithmetic in full float32, whatever the training around it has switched on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def exact_arithmetic(device: torch.device) -> Iterator[None]:
    """Compute without gradients, autocast and TF32 for a while.

    Ghosts of motion are a few per cent of the image, and TF32 keeps three digits: coordinates,
    spline filters and mixing need all that float32 has.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)
