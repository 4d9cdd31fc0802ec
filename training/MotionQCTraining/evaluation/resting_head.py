"""A scan ready to be moved by an evaluation: its voxels, its brain and what scores rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.motion import Acquisition, Trajectory, gradient_energy, trajectory_scores
from MotionQCLib.motion.score import MotionScores
from MotionQCLib.motion.trajectory import Axis, slab_axis
from MotionQCLib.resampling.resampler import Resampler
from MotionQCLib.scan import Scan, brain_center, conform, find_head, read_scan
from MotionQCTraining.evaluation.judged_scans import JudgedScan
from MotionQCTraining.evaluation.protocol import Form

AXES: tuple[Axis, ...] = get_args(Axis)
Volume = NDArray[np.float32]
Grid = tuple[int, int, int]
_BRAIN_SKULL = 0.5


@dataclass(frozen=True)
class Frame:
    """The grid of a model's input.

    Parameters
    ----------
    grid : tuple
        Voxels along right, front, up.
    spacing_mm : float
        Side of a voxel, mm.
    """

    grid: Grid
    spacing_mm: float

    def volume(self, scan: Scan) -> Volume:
        """Return a scan as scoring conforms it."""
        return conform(scan, self.grid, self.spacing_mm).data


class RestingHead:
    """A scan whose head lies still.

    Parameters
    ----------
    scan : Scan
        The voxels that motion is put into.
    form : {"whole", "brain"}
        Whether the source has extracted the brain.
    mask : (I, J, K) bool array or None
        The brain on the same voxels.
    """

    def __init__(self, scan: Scan, form: Form, mask: NDArray[np.bool_] | None) -> None:
        self.scan, self.form, self.mask = scan, form, mask
        self.center = np.asarray(brain_center(scan.data, scan.affine), float)
        self._energy: dict[Axis, NDArray[np.float64]] = {}

    @cached_property
    def _resampler(self) -> Resampler:
        return Resampler(self.scan.data, "cubic")

    def energy(self, axis: Axis) -> NDArray[np.float64]:
        """Return the gradient-energy share ``(n,)`` of every slab along an axis."""
        if axis not in self._energy:
            scan = self.scan
            self._energy[axis] = gradient_energy(scan.data, scan.affine, axis, self.center)
        return self._energy[axis]

    def scores(self, trajectory: Trajectory) -> MotionScores:
        """Return the scores of a motion about the brain's centre."""
        return trajectory_scores(trajectory, self.energy(trajectory.axis), self.center)

    def foreign_scores(self, trajectory: Trajectory) -> MotionScores:
        """Return those of a motion by TorchIO's conventions in :attr:`centered`."""
        return trajectory_scores(trajectory, self.energy(self._last_axis), np.zeros(3))

    @cached_property
    def centered(self) -> NDArray[np.float64]:
        """The scan's affine with the world's origin at the brain's centre."""
        affine = self.scan.affine.copy()
        affine[:3, 3] -= self.center
        return affine

    @cached_property
    def _last_axis(self) -> Axis:
        return next(axis for axis in AXES if slab_axis(self.scan.affine, axis)[0] == 2)

    def moved(self, trajectory: Trajectory) -> Scan:
        """Return the scan as it would look had the head moved about the brain's centre."""
        scan = self.scan
        acquisition = Acquisition(scan.data, scan.affine, trajectory, resampler=self._resampler)
        return replace(scan, data=acquisition.image())

    def extracted(self, moved: Scan, trajectory: Trajectory) -> Scan:
        """Cut the brain out of a moved scan, where the head lay at the centre of k-space."""
        if self.mask is None:
            raise ValueError("mask is None; give the brain's mask to cut it out")
        axis, _ = trajectory.slab_axis(self.scan.affine)
        pose = trajectory.matrices()[trajectory.reference(self.mask.shape[axis])]
        affine = self.scan.affine
        pull = np.linalg.inv(affine) @ np.linalg.inv(pose) @ affine
        return replace(
            moved, data=np.where(_pulled(self.mask, pull, self.mask.shape), moved.data, 0)
        )


def rest(judged: JudgedScan, frame: Frame) -> RestingHead:
    """Open a scan for moving.

    Parameters
    ----------
    judged : JudgedScan
        Which.
    frame : Frame
        The model's grid, for scans that are moved there.

    Raises
    ------
    InputError
        The scan or its mask cannot be read.
    """
    scan = read_scan(judged.path)
    if judged.moved_on == "grid":
        conformed = conform(scan, frame.grid, frame.spacing_mm)
        scan = replace(scan, data=conformed.data, affine=conformed.affine)
    mask = None
    if judged.mask is not None:
        own = read_scan(judged.mask)
        mask = _pulled(own.data != 0, np.linalg.inv(own.affine) @ scan.affine, scan.shape)
    return RestingHead(scan, judged.form or _form(scan), mask)


def _form(scan: Scan) -> Form:
    return "brain" if find_head(scan.data, scan.affine).skull < _BRAIN_SKULL else "whole"


def _pulled(
    mask: NDArray[np.bool_], pull: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    share = ndimage.affine_transform(
        mask.astype(np.float32), pull[:3, :3], pull[:3, 3], output_shape=shape, order=1
    )
    return np.asarray(share > 0.5)
