"""A prepared scan, moved and posed again and again: the head of many samples."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCLib.motion import Acquisition, Trajectory
from MotionQCLib.motion.trajectory import slab_axis
from MotionQCLib.resampling.resampler import Box, Kernel, Resampler
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import PreparedScan, load
from MotionQCTraining.synthesis.noise_level import noise_level
from MotionQCTraining.synthesis.other_heads import other_head
from MotionQCTraining.synthesis.sample_config import SampleConfig

Crop = NDArray[np.float32]
Seed = tuple[int, ...]


class Subject:
    """A prepared scan with its interpolators.

    Parameters
    ----------
    scan : PreparedScan
        The head.
    kernel : "cubic" or "linear"
        Interpolation of poses.
    noise : float or None
        Standard deviation of the noise of the scan as it was acquired, on the conformed scale; it
        is estimated of ``scan`` where nothing is given.
    """

    def __init__(
        self, scan: PreparedScan, kernel: Kernel = "cubic", noise: float | None = None
    ) -> None:
        self.scan = scan
        self.noise = noise_level(torch.from_numpy(scan.image)) if noise is None else noise
        self.head = Resampler(scan.image, kernel)
        self.brain_distance = Resampler(scan.brain_distance, "linear")
        self.head_distance = (
            self.brain_distance if scan.brain_only else Resampler(scan.head_distance, "linear")
        )
        self.inside = np.argwhere(scan.brain_distance[::4, ::4, ::4] < 0) * 4

    def moved(self, trajectory: Trajectory, boxes: Sequence[Box], along: int) -> list[Crop]:
        """Return boxes of the moved scan; the boxes differ along array axis ``along`` only."""
        lines = list(boxes[0])
        lines[along] = slice(None)
        scan = self.scan
        acquisition = Acquisition(scan.image, scan.affine, trajectory, resampler=self.head)
        whole = acquisition.image((lines[0], lines[1], lines[2]))
        return [whole[(slice(None),) * along + (box[along],)] for box in boxes]

    def still(self, trajectory: Trajectory, box: Box) -> Crop:
        """Return a box of the scan as it would be in the pose at the centre of k-space alone."""
        return np.abs(self.head(self.reference_pull(trajectory), box))

    def distance(self, which: Resampler, trajectory: Trajectory, box: Box) -> Crop:
        """Return the distance to a surface, posed as at the centre of k-space, mm."""
        return which(self.reference_pull(trajectory), box)

    def reference_pull(self, trajectory: Trajectory) -> NDArray[np.float64]:
        """Return ``(4, 4)``: voxel as posed at the centre of k-space to voxel of the scan."""
        affine = self.scan.affine
        slabs = self.scan.image.shape[slab_axis(affine, trajectory.axis)[0]]
        pose = trajectory.matrices()[trajectory.reference(slabs)]
        pull: NDArray[np.float64] = np.linalg.inv(affine) @ np.linalg.inv(pose) @ affine
        return pull


class OpenSubjects:
    """The scans opened last, each as the head that it is at present.

    Parameters
    ----------
    most : int
        Scans kept open: some 80 MB each on the network's grid.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: OrderedDict[tuple[Path, Row, SampleConfig], tuple[Seed, Subject]] = (
            OrderedDict()
        )

    def get(self, file: Path, row: Row, config: SampleConfig, seed: Seed) -> Subject:
        """Return a scan, made another head where a seed is given; its earlier head goes."""
        key = (file, row, config)
        kept = self._open.pop(key, None)
        subject = kept[1] if kept is not None and kept[0] == seed else None
        # Gone before the other head is made, which takes as much memory.
        del kept
        while len(self._open) >= self._most:
            self._open.popitem(last=False)
        if subject is None:
            subject = _opened(file, row, config, seed)
        self._open[key] = (seed, subject)
        return subject


def renewed(rng: Generator, scan: PreparedScan, config: SampleConfig) -> Subject:
    """Return another head made of a scan, see :func:`.other_head`; it is as noisy as the scan."""
    # Bending smooths some of the noise away.
    noise = noise_level(torch.from_numpy(scan.image))
    head = other_head(rng, scan, elastic_mm=config.elastic_mm, scale=config.scale)
    return Subject(head, config.kernel, noise)


def _opened(file: Path, row: Row, config: SampleConfig, seed: Seed) -> Subject:
    scan = load(file, row)
    return (
        renewed(np.random.default_rng(seed), scan, config) if seed else Subject(scan, config.kernel)
    )
