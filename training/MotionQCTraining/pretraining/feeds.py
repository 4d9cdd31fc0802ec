"""What a step is fed with: a stretch of an endless, numbered sequence of samples."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch.utils.data import DataLoader

from MotionQCTraining.running.step import Samples


class Feed(Protocol):
    """Feeds every step the samples of its number, so that a run that goes on sees what is next."""

    def loader(self, first_step: int, *, rank: int, processes: int) -> DataLoader[Any]:
        """Return an epoch's batches from a step on, as far as they are made beforehand.

        Parameters
        ----------
        first_step : int
            Steps done.
        rank, processes : int
            Which process this is, of how many. Each has a share of every step's samples.
        """
        ...

    def samples(self, batch: Any, device: torch.device) -> Samples:
        """Return images ``(N, I, J, K)``, scores ``(N,)`` and artefact maps, on the device."""
        ...
