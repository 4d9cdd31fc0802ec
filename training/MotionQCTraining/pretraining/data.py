"""Lightning's side of the data: prepared once, fed by step, validated whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.pretraining.crops import CropFeed
from MotionQCTraining.pretraining.feeds import Feed
from MotionQCTraining.pretraining.scans import Scans, prepare_scans, validation_set
from MotionQCTraining.pretraining.wholes import WholeFeed
from MotionQCTraining.synthesis.fixed_set import FixedSet

Volume = NDArray[np.float16]


class Volumes(Dataset[tuple[Volume, float]]):
    """A fixed set, one volume ``(I, J, K)`` and its score a time."""

    def __init__(self, fixed: FixedSet) -> None:
        self.fixed = fixed

    def __len__(self) -> int:
        return len(self.fixed)

    def __getitem__(self, index: int) -> tuple[Volume, float]:
        return self.fixed.volumes[index], float(self.fixed.scores_mm[index])


class ScanData(pl.LightningDataModule):
    """Prepares scans, once for all processes, and feeds each step the samples of its number.

    Parameters
    ----------
    config : PretrainConfig
        The run.
    rows : sequence of Row
        All scans.
    folder : Path
        Where prepared scans and volumes are kept.
    say : callable
        Told of what takes time.
    device : torch.device
        Where volumes to validate on are made.
    """

    def __init__(
        self,
        config: PretrainConfig,
        rows: Sequence[Row],
        folder: Path,
        say: Callable[[str], None],
        device: torch.device,
    ) -> None:
        super().__init__()
        self.config, self._rows, self._folder = config, rows, folder
        self._say, self._device = say, device
        # The run folder is one for all machines.
        self.prepare_data_per_node = False

    def prepare_data(self) -> None:
        """Prepare all scans; the other processes wait, and then find them on disk."""
        _ = self.validation

    @cached_property
    def scans(self) -> Scans:
        """The prepared scans."""
        return prepare_scans(self.config, self._rows, self._folder, self._say)

    @cached_property
    def validation(self) -> FixedSet:
        """Volumes of the subjects held out."""
        return validation_set(self.config, self.scans, self._folder, self._say, self._device)

    @cached_property
    def _feed(self) -> Feed:
        if self.config.whole is None:
            return CropFeed(self.config, self.scans)
        half = self.trainer is not None and str(self.trainer.precision).startswith("bf16")
        dtype = torch.bfloat16 if half else torch.float32
        return WholeFeed(self.config, self.config.whole, self.scans, dtype)

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches from the next step on, so that a run that goes on sees what is next."""
        trainer = self.trainer
        assert trainer is not None
        return self._feed.loader(
            trainer.global_step, rank=trainer.global_rank, processes=trainer.world_size
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """The whole set as one batch, for the figures of a set are not the mean of its parts'."""
        volumes = Volumes(self.validation)
        return DataLoader(volumes, batch_size=len(volumes), collate_fn=_unstacked)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, number: int) -> Any:
        """Bring a batch to the device, or draw it there."""
        assert self.trainer is not None
        if self.trainer.training:
            return self._feed.samples(batch, device)
        return super().transfer_batch_to_device(batch, device, number)


def _unstacked(pairs: list[tuple[Volume, float]]) -> tuple[list[Volume], list[float]]:
    """Keep the volumes of a batch the memory maps that they are."""
    return [volume for volume, _ in pairs], [score for _, score in pairs]
