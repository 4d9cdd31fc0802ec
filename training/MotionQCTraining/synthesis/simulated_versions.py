"""Whole versions of a scan, still and moved, by the simulator on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCLib.models.metadata import ScoreLabel
from MotionQCLib.resampling.resampler import WHOLE
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import Grid, PreparedScan, load
from MotionQCTraining.synthesis.fixed_set import person_seed, wanted_scores
from MotionQCTraining.synthesis.sample_config import SampleConfig
from MotionQCTraining.synthesis.samples import (
    AXES,
    draw_displacement,
    draw_motion,
    draw_scan_look,
    shown,
)
from MotionQCTraining.synthesis.subject import Subject, renewed

_FORMAT = 3


@dataclass(frozen=True)
class SimulatedVersions:
    """Makes volumes of a scan, masked as in training.

    All versions of a scan, the still one too, carry one random rigid displacement, as training
    samples do: what is fitted on them must not learn to tell interpolated volumes.

    Parameters
    ----------
    grid : tuple
        The network's grid, on which scans are prepared.
    config : SampleConfig
        How motion and masks are drawn.
    seed : int
        Seed of the draws; each person has a stream of their own.
    label : str
        Which score a volume is given with.
    varied : bool
        Whether the head is made another one and shown otherwise, as in training. What is fitted on
        volumes of scans that a network was trained on must not rely on its knowing them.
    """

    grid: Grid
    config: SampleConfig
    seed: int
    label: ScoreLabel = "edge"
    varied: bool = False

    def key(self, draws: int) -> str:
        """Return all that volumes depend on besides the scan."""
        return repr((_FORMAT, self.grid, self.config, draws, self.seed, self.label, self.varied))

    def make(self, file: Path, row: Row, draws: int) -> Iterator[tuple[NDArray[np.float32], float]]:
        """Yield the still version and ``draws`` moved ones on the grid, each with its score."""
        rng = np.random.default_rng(person_seed(self.seed, row))
        subject = self._subject(rng, load(file, row))
        displacement = draw_displacement(rng, subject, self.config)
        for score in wanted_scores(rng, draws):
            look = draw_scan_look(rng, subject, self.config, float(self.varied))
            along = int(rng.integers(3))
            trajectory, scores = draw_motion(
                rng, subject, self.config.motion, score, AXES[along], displacement
            )
            (moved,) = subject.moved(trajectory, [WHOLE], along)
            image = shown(look, rng, moved, subject, trajectory, WHOLE)
            yield image, getattr(scores, self.label)

    def _subject(self, rng: Generator, scan: PreparedScan) -> Subject:
        if self.varied:
            return renewed(rng, scan, self.config)
        return Subject(scan, self.config.kernel)
