"""Trajectories of a whole batch: which pose each slab saw, and the three scores.

Formulas and conventions are those of ``MotionQCLib.motion``; here they work on many trajectories
at once. All is small and float64 on the CPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import torch
from torch import Tensor

from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.score import BRICOUT_RADIUS_MM
from MotionQCLib.motion.trajectory import Axis
from MotionQCTraining.synthesis.device.rigid import pose_matrices, rms_deviation

AXES: tuple[Axis, ...] = get_args(Axis)
"""The anatomical axes of a conformed volume's array axes."""
SCORES = ("edge", "time", "bricout2025")
"""The scores in the order in which a batch has them."""


@dataclass(frozen=True, eq=False)
class Trajectories:
    """A batch of ``B`` trajectories with up to ``S`` segments each.

    Parameters
    ----------
    poses : (B, S, 6) float64 tensor
        ``[tx, ty, tz, rx, ry, rz]`` in mm and degrees, RAS, about the pivot.
    onsets : (B, S) float64 tensor
        When each pose begins, in k-space time, ascending from 0; 1 where there is no segment.
    axis : (B,) integer tensor
        Slab axis: 0 left to right, 1 back to front, 2 feet to head.
    centric : (B,) bool tensor
        Whether slabs are acquired from the centre outwards instead of from edge to edge.
    pivot : (B, 3) float64 tensor
        Points about which the heads turn, RAS mm.
    """

    poses: Tensor
    onsets: Tensor
    axis: Tensor
    centric: Tensor
    pivot: Tensor

    def __len__(self) -> int:
        return len(self.poses)

    @property
    def held(self) -> Tensor:
        """Which segments there are, ``(B, S)`` bool."""
        return self.onsets < 1

    def pushes(self) -> Tensor:
        """Push maps ``(B, S, 4, 4)`` of all poses."""
        return pose_matrices(self.poses, self.pivot[:, None])

    def scaled(self, factor: Tensor) -> Trajectories:
        """Return the same courses of motion, ``factor`` ``(B,)`` times as large."""
        return replace(self, poses=self.poses * factor[:, None, None])

    def one(self, number: int) -> Trajectory:
        """Return one of them as ``MotionQCLib`` has it."""
        held = self.held[number]
        x, y, z = self.pivot[number].tolist()
        return Trajectory(
            self.poses[number, held].numpy(),
            self.onsets[number, held].numpy(),
            axis=AXES[int(self.axis[number])],
            ordering="centric" if self.centric[number] else "linear",
            pivot=(x, y, z),
        )

    def segments(self, grid: tuple[int, int, int]) -> Tensor:
        """Return which pose each slab of a grid saw.

        Returns
        -------
        (B, n) integer tensor
            In FFT order; ``n`` is the grid's longest side. Beyond an axis's own length it means
            nothing.
        """
        slabs = torch.tensor(grid)[self.axis][:, None]
        moment = (self._ranks(slabs, max(grid)) + 0.5) / slabs
        return torch.searchsorted(self.onsets.contiguous(), moment, right=True) - 1

    def scores(self, energy: Tensor, center: Tensor, grid: tuple[int, int, int]) -> Tensor:
        """Return the scores ``(B, 3)`` in mm, in the order of :data:`SCORES`.

        Parameters
        ----------
        energy : (B, n) float64 tensor
            Gradient-energy share of every slab along each trajectory's axis, in FFT order, 0
            beyond the axis's own length; ``n`` is the grid's longest side.
        center : (B, 3) float64 tensor
            The brains' centres, RAS mm.
        grid : tuple
            Voxels of the scans.
        """
        seen = self.deviations(center, grid)
        slabs = torch.tensor(grid)[self.axis]
        edge = (energy * seen).sum(dim=1)
        return torch.stack([edge, seen.sum(dim=1) / slabs, self._successive()], dim=1)

    def deviations(self, center: Tensor, grid: tuple[int, int, int]) -> Tensor:
        """Return how far each slab saw the head from where the centre of k-space saw it.

        Parameters
        ----------
        center, grid
            As for :meth:`scores`.

        Returns
        -------
        (B, n) float64 tensor
            RMS deviation in mm, in FFT order, 0 beyond an axis's own length.
        """
        segments = self.segments(grid)
        pushes = self.pushes()
        reference = pushes[torch.arange(len(self)), segments[:, 0]]
        deviation = rms_deviation(pushes, reference[:, None], center[:, None])
        there = torch.arange(max(grid)) < torch.tensor(grid)[self.axis][:, None]
        return deviation.gather(1, segments) * there

    def _ranks(self, slabs: Tensor, longest: int) -> Tensor:
        """When each slab is acquired, counted in slabs, ``(B, longest)``."""
        index = torch.arange(longest)
        frequency = torch.where(index < (slabs + 1) // 2, index, index - slabs)
        linear = frequency + slabs // 2
        # Centric order alternates between the sides: 0, 1, -1, 2, -2 ... An even number of slabs
        # has one at -n/2 and none at n/2.
        centric = torch.minimum(2 * frequency.abs() - (frequency > 0).long(), slabs - 1)
        return torch.where(self.centric[:, None], centric, linear)

    def _successive(self) -> Tensor:
        """Mean deviation between successive poses about their own pivot, ``(B,)``."""
        origin = torch.zeros(3, dtype=self.poses.dtype)
        pushes = pose_matrices(self.poses, origin)
        steps = rms_deviation(pushes[:, 1:], pushes[:, :-1], origin, BRICOUT_RADIUS_MM)
        taken = self.held[:, 1:]
        return (steps * taken).sum(dim=1) / taken.sum(dim=1).clamp(min=1)
