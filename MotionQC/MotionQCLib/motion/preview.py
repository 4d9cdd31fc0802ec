"""Single planes of a moving scan, quickly enough to follow a slider.

A plane that contains the slab axis is exactly that of the whole simulation with a linear kernel. A
plane across it mixes all lines of the volume, so it comes in two ways: coarse at once, and exact in
strips, each of which takes no longer than a plane of the other kind.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MotionQCLib.motion.mixing import Output
from MotionQCLib.motion.score import MotionScores, scaled_to_score, trajectory_scores
from MotionQCLib.motion.simulate import Acquisition
from MotionQCLib.motion.slab_energy import Energy, energy_in_pieces
from MotionQCLib.motion.trajectory import Axis, Trajectory, slab_axis
from MotionQCLib.resampling.resampler import Resampler, Volume, compiled_kernels
from MotionQCLib.scan.head import brain_center

_COARSE_SAMPLES = {"compiled": 2_500_000, "stock": 500_000}
"""Voxels times poses that a coarse plane may cost, by who interpolates."""
_STRIP_SAMPLES = 1_500_000
"""Voxels times poses of one strip."""


class Preview:
    """A still scan, made ready to be seen moving plane by plane.

    Its methods raise a ValueError for a trajectory that follows TorchIO, whose slab axis depends on
    the order of the array's axes, which are turned here.

    Parameters
    ----------
    volume : (I, J, K) array
        The still scan; left untouched.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    """

    def __init__(self, volume: NDArray[np.generic], affine: ArrayLike) -> None:
        self.volume: Volume = np.asarray(volume, dtype=np.float32)
        self.affine = np.asarray(affine, dtype=float)
        self.center = brain_center(self.volume, self.affine)
        self._turned: dict[tuple[int, int], Resampler] = {}
        self._energy: dict[Axis, Energy] = {}
        self._pieces: dict[Axis, Generator[None, None, Energy]] = {}

    def scores(self, trajectory: Trajectory) -> MotionScores:
        """Return the three motion scores, mm.

        The first for a slab axis take about a second, less what :meth:`prepare_scores` has done.
        """
        _require_own_convention(trajectory)
        return trajectory_scores(trajectory, self._energy_along(trajectory.axis), self.center)

    def prepare_scores(self, axis: Axis) -> bool:
        """Do a little of the work before the first scores of a slab axis; True once it is done."""
        if axis not in self._energy:
            if axis not in self._pieces:
                across = slab_axis(self.affine, axis)[0]
                self._pieces[axis] = energy_in_pieces(self.volume, self.affine, across, self.center)
            try:
                next(self._pieces[axis])
            except StopIteration as end:
                self._energy[axis] = end.value
                del self._pieces[axis]
        return axis in self._energy

    def scaled_to_score(self, trajectory: Trajectory, wanted_mm: float) -> Trajectory:
        """Return the same course of motion, as large as its ``edge`` score asks for, mm."""
        _require_own_convention(trajectory)
        energy = self._energy_along(trajectory.axis)
        return scaled_to_score(trajectory, wanted_mm, energy, self.center)

    def _energy_along(self, axis: Axis) -> Energy:
        while not self.prepare_scores(axis):
            pass
        return self._energy[axis]

    def contains_slab_axis(self, trajectory: Trajectory, array_axis: int) -> bool:
        """Whether planes across an array axis contain the slab axis, and so are quick."""
        return trajectory.slab_axis(self.affine)[0] != array_axis

    def plane(
        self, trajectory: Trajectory, array_axis: int, index: int, output: Output = "magnitude"
    ) -> Volume:
        """Return plane ``index`` across an array axis, that axis dropped, exactly.

        Raises
        ------
        IndexError
            If there is no such plane.
        """
        self._check(array_axis, index)
        return self._acquisition(trajectory, array_axis).slice(0, index, output)

    def coarse_plane(
        self, trajectory: Trajectory, array_axis: int, index: int, output: Output = "magnitude"
    ) -> Volume:
        """Return a plane of the same shape, of which only every n-th line was computed."""
        self._check(array_axis, index)
        step = self._coarse_step(trajectory)
        coarse = self._acquisition(trajectory, array_axis, step).slice(0, index, output)
        shape = np.delete(self.volume.shape, array_axis)
        first, second = (
            _linear_between(size, count, step)
            for size, count in zip(shape, coarse.shape, strict=True)
        )
        filled: Volume = first @ coarse @ second.T
        return filled

    def strips(
        self, trajectory: Trajectory, array_axis: int, index: int, output: Output = "magnitude"
    ) -> Iterator[tuple[slice, Volume]]:
        """Yield the exact plane piece by piece: rows of its first axis, and their values."""
        self._check(array_axis, index)
        acquisition = self._acquisition(trajectory, array_axis)
        depth, rows, columns = acquisition.resampler.volume.shape
        a_row = depth * columns * len(np.unique(acquisition.segments))
        height = max(1, _STRIP_SAMPLES // a_row)
        for start in range(0, rows, height):
            wanted = slice(start, min(start + height, rows))
            box = (slice(index, index + 1), wanted, slice(None))
            yield wanted, acquisition.image(box, output)[0]

    def _coarse_step(self, trajectory: Trajectory) -> int:
        samples = self.volume.size * len(np.unique(trajectory.poses, axis=0))
        affordable = _COARSE_SAMPLES["compiled" if compiled_kernels() else "stock"]
        return max(2, int(np.ceil(np.sqrt(samples / affordable))))

    def _acquisition(self, trajectory: Trajectory, array_axis: int, step: int = 1) -> Acquisition:
        """The scan turned so that planes across ``array_axis`` lie together in memory."""
        _require_own_convention(trajectory)
        order = [array_axis, *(axis for axis in range(3) if axis != array_axis)]
        if (array_axis, step) not in self._turned:
            turned = np.transpose(self.volume, order)[:, ::step, ::step]
            self._turned[array_axis, step] = Resampler(turned, "linear")
        resampler = self._turned[array_axis, step]
        affine = self.affine[:, [*order, 3]] * [1, step, step, 1]
        about = trajectory if trajectory.pivot is not None else trajectory.about(self.center)
        return Acquisition(resampler.volume, affine, about, resampler=resampler)

    def _check(self, array_axis: int, index: int) -> None:
        if not 0 <= array_axis < 3 or not 0 <= index < self.volume.shape[array_axis]:
            raise IndexError(
                f"no plane {index} across axis {array_axis} of a volume {self.volume.shape}"
            )


def _require_own_convention(trajectory: Trajectory) -> None:
    if trajectory.convention != "motionqc":
        raise ValueError(
            f"trajectory follows {trajectory.convention!r}; a preview follows 'motionqc' alone, "
            "so use simulate_slice"
        )


def _linear_between(size: int, count: int, step: int) -> NDArray[np.float32]:
    """Return the matrix ``(size, count)`` that interpolates between every ``step``-th line."""
    position = np.minimum(np.arange(size) / step, count - 1)
    before = np.minimum(position.astype(int), max(count - 2, 0))
    matrix = np.zeros((size, count), dtype=np.float32)
    share = position - before
    matrix[np.arange(size), before] = 1 - share
    if count > 1:
        matrix[np.arange(size), before + 1] = share
    return matrix
