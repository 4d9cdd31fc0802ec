"""Crops, drawn by the CPU in processes beside the training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.pretraining.scans import Scans
from MotionQCTraining.running.step import Samples
from MotionQCTraining.synthesis.samples import Group, SampleSource


class Groups(Dataset[Group]):
    """What a process draws of a source's endless sequence of sample groups.

    Of every ``processes * batch`` groups that follow each other, which make one step, the process
    ``rank`` takes ``batch``.

    Parameters
    ----------
    source : SampleSource
        The sequence.
    first_step, steps : int
        The stretch.
    batch, rank, processes : int
        The share.
    """

    def __init__(
        self,
        source: SampleSource,
        first_step: int,
        steps: int,
        batch: int,
        *,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        self.source, self.first_step, self.steps = source, first_step, steps
        self.batch, self.rank, self.processes = batch, rank, processes

    def __len__(self) -> int:
        return self.steps * self.batch

    def __getitem__(self, index: int) -> Group:
        step, own = divmod(index, self.batch)
        before = (self.first_step + step) * self.processes + self.rank
        return self.source.group(before * self.batch + own)


class CropFeed:
    """Feeds crops of the training scans."""

    def __init__(self, config: PretrainConfig, scans: Scans) -> None:
        self._config = config
        self.source = SampleSource(
            scans.prepared("train"),
            scans.parts["train"],
            config.samples,
            config.seed,
            config.label,
        )

    def loader(self, first_step: int, *, rank: int, processes: int) -> DataLoader[Any]:
        """Return an epoch's batches from a step on, see :class:`Feed`."""
        config = self._config
        return DataLoader(
            Groups(
                self.source,
                first_step,
                config.epoch,
                config.batch,
                rank=rank,
                processes=processes,
            ),
            batch_size=config.batch,
            collate_fn=joined,
            num_workers=config.workers,
            # A forked child would inherit threads that its interpolation kernels cannot use.
            multiprocessing_context="spawn" if config.workers else None,
            prefetch_factor=4 if config.workers else None,
        )

    def samples(self, batch: Sequence[Tensor], device: torch.device) -> Samples:
        """Return a batch on the device."""
        return tuple(part.to(device, non_blocking=True) for part in batch)


def joined(groups: Sequence[Group]) -> Samples:
    """Return the crops, scores and artefact maps of some groups, one sample a row."""
    return tuple(torch.from_numpy(np.concatenate(parts)) for parts in zip(*groups, strict=True))
