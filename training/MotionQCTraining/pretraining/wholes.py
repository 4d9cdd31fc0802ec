"""Whole volumes, drawn on the training device when a step asks for them."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.volumes import load
from MotionQCTraining.pretraining.scans import Scans
from MotionQCTraining.running.devices import Devices
from MotionQCTraining.running.step import Samples
from MotionQCTraining.synthesis.device.batches import DeviceSynthesis
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.device.sources import Sources
from MotionQCTraining.synthesis.sample_config import ARTEFACT_CELL


class BatchNumbers(Dataset[int]):
    """Numbers of the batches that a process draws: of ``processes`` in each step, one."""

    def __init__(self, first_step: int, steps: int, rank: int, processes: int) -> None:
        self.first_step, self.steps = first_step, steps
        self.rank, self.processes = rank, processes

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> int:
        return (self.first_step + index) * self.processes + self.rank


class WholeFeed:
    """Feeds whole volumes made from the training scans, which stay on the device.

    Parameters
    ----------
    config : PretrainConfig
        The run.
    whole : SynthesisConfig
        How volumes are drawn.
    scans : Scans
        Scans prepared on the network's grid.
    dtype : torch.dtype
        Of the volumes.
    """

    def __init__(
        self, config: PretrainConfig, whole: SynthesisConfig, scans: Scans, dtype: torch.dtype
    ) -> None:
        self._config, self._whole, self._scans, self._dtype = config, whole, scans, dtype
        self._synthesis: DeviceSynthesis | None = None

    def loader(self, first_step: int, *, rank: int, processes: int) -> DataLoader[Any]:
        """Return the numbers of an epoch's batches from a step on, see :class:`Feed`."""
        numbers = BatchNumbers(first_step, self._config.epoch, rank, processes)
        return DataLoader(numbers, batch_size=None)

    def samples(self, batch: int, device: torch.device) -> Samples:
        """Draw the batch of a number on the device."""
        if self._synthesis is None:
            self._synthesis = self._opened(device)
        drawn = self._synthesis.batch(batch, self._config.batch)
        assert drawn.artefacts is not None
        parts = (drawn.images[:, 0], drawn.scores(self._config.label), drawn.artefacts)
        return tuple(part.to(device) for part in parts)

    def _opened(self, device: torch.device) -> DeviceSynthesis:
        # What is neither a CPU nor CUDA lacks some of the arithmetic.
        where = device if device.type == "cuda" else torch.device("cpu")
        pairs = zip(self._scans.prepared("train"), self._scans.parts["train"], strict=True)
        return DeviceSynthesis(
            Sources.of((load(*pair) for pair in pairs), where),
            self._whole,
            self._config.seed,
            compiled=self._config.compiled and where.type == "cuda",
            dtype=self._dtype,
            artefact_cell=ARTEFACT_CELL,
        )


def synthesis_device(devices: Devices) -> torch.device:
    """Return where a run draws volumes outside its steps: a GPU where it may use one."""
    gpu = devices.accelerator != "cpu" and torch.cuda.is_available()
    return torch.device("cuda" if gpu else "cpu")
