"""Whole versions of a scan, still and moved, made on the training device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from MotionQCLib.models.metadata import ScoreLabel
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import load
from MotionQCTraining.synthesis.device.batches import DeviceSynthesis
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.device.sources import Sources
from MotionQCTraining.synthesis.fixed_set import person_seed, wanted_scores

_FORMAT = 3


class DrawnVersions:
    """Makes volumes as :meth:`DeviceSynthesis.versions` draws them.

    Parameters
    ----------
    files, rows : sequences
        All scans that will be asked for, prepared on the network's grid.
    config : SynthesisConfig
        How to draw.
    seed : int
        Seed of the draws; each person has a stream of their own.
    device : torch.device
        Where to draw. A GPU has other noise than a CPU.
    compiled : bool
        As for :class:`DeviceSynthesis`.
    label : str
        Which score a volume is given with.
    """

    def __init__(
        self,
        files: Sequence[Path],
        rows: Sequence[Row],
        config: SynthesisConfig,
        seed: int,
        device: torch.device,
        *,
        compiled: bool,
        label: ScoreLabel = "edge",
    ) -> None:
        self._scans = list(zip(files, rows, strict=True))
        self._config, self._seed = config, seed
        self._device, self._compiled = device, compiled
        self._label = label

    def key(self, draws: int) -> str:
        """Return all that volumes depend on besides the scan."""
        return repr((_FORMAT, self._config, draws, self._seed, self._device.type, self._label))

    def make(self, file: Path, row: Row, draws: int) -> Iterator[tuple[NDArray[np.float32], float]]:
        """Yield the still version and ``draws`` moved ones on the grid, each with its score."""
        source = self._scans.index((file, row))
        seed = person_seed(self._seed, row)
        wanted = wanted_scores(np.random.default_rng(seed), draws)
        batch = self._synthesis.versions(source, wanted, seed)
        for image, score_mm in zip(batch.images[:, 0], batch.scores(self._label), strict=True):
            yield image.cpu().numpy(), float(score_mm)

    @cached_property
    def _synthesis(self) -> DeviceSynthesis:
        """Of all scans at once; not loaded where all volumes are there already."""
        sources = Sources.of((load(*scan) for scan in self._scans), self._device)
        return DeviceSynthesis(sources, self._config, self._seed, compiled=self._compiled)
