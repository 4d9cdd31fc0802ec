"""Soft labels on the training device, so that no step waits for a copy to the CPU."""

from __future__ import annotations

import torch
from torch import Tensor

from MotionQCLib.models import MotionBins


def soft_labels(bins: MotionBins, scores_mm: Tensor) -> Tensor:
    """Return ``MotionBins.soft_labels``: distributions ``(N, count)`` of scores ``(N,)``.

    In float32, on the scores' device.
    """
    edges = torch.as_tensor(bins.edges, dtype=torch.float32).to(scores_mm.device, non_blocking=True)
    score = scores_mm.float().clamp(bins.low, bins.high)
    cumulative = torch.special.ndtr((edges - score[:, None]) / bins.sigma)
    mass = cumulative.diff(dim=1)
    return mass / mass.sum(dim=1, keepdim=True)
