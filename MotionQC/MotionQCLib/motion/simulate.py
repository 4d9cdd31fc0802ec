"""What head motion during the acquisition does to a scan."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MotionQCLib.motion.mixing import Output, mix, mix_position
from MotionQCLib.motion.trajectory import Trajectory
from MotionQCLib.resampling.resampler import (
    WHOLE,
    Border,
    Box,
    Kernel,
    Resampler,
    Volume,
    box_shape,
    box_within,
    cut_box,
)
from MotionQCLib.resampling.threads import run_parallel, thread_count
from MotionQCLib.scan.head import brain_center

_TILE_VOXELS = 2**19
"""Size of the tiles that threads share among them: spectra stay small, and no thread waits long."""
_LEAST_TILE_VOXELS = 2**17
"""Size from which handing a tile to another thread is worth its while."""


class Acquisition:
    """A scan being acquired while the head moves; prepared once, drawn in any box of voxels.

    Parameters
    ----------
    volume : (I, J, K) array
        The still scan; left untouched.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    trajectory : Trajectory
        The motion; without a pivot, the brain's centre of this scan is used.
    kernel : "cubic", "linear" or None
        Interpolation of the posed heads; None is the trajectory's convention, see ``simulate``.
    resampler : Resampler, optional
        One already made for this volume, so that its spline coefficients are shared; it has its
        own kernel.
    """

    def __init__(
        self,
        volume: NDArray[np.generic],
        affine: ArrayLike,
        trajectory: Trajectory,
        *,
        kernel: Kernel | None = None,
        resampler: Resampler | None = None,
    ) -> None:
        self.resampler = resampler or _conventional_resampler(volume, trajectory, kernel)
        affine = np.asarray(affine, dtype=float)
        self.trajectory = with_pivot(trajectory, volume, affine)
        self.slab_axis, reverse = trajectory.slab_axis(affine)
        segments = trajectory.segments(volume.shape[self.slab_axis], reverse=reverse)
        # A pose that is held twice is interpolated once.
        _, first, same = np.unique(trajectory.poses, axis=0, return_index=True, return_inverse=True)
        self.segments = first[same.ravel()][segments]
        to_voxel = np.linalg.inv(affine)
        self._pulls = [
            to_voxel @ np.linalg.inv(push) @ affine for push in self.trajectory.matrices()
        ]

    def image(self, box: Box = WHOLE, output: Output | None = None) -> Volume:
        """Return a box of the moved scan; only the lines that cross the box are computed."""
        wanted = box_within(box, self.resampler.volume.shape)
        image = np.empty(box_shape(wanted), dtype=np.float32)
        shown = self._settle(output)

        def draw(tile: Box) -> None:
            inside = tuple(
                slice(part.start - whole.start, part.stop - whole.start)
                for part, whole in zip(tile, wanted, strict=True)
            )
            image[inside] = self._tile(tile, shown)

        run_parallel(draw, self._tiles(wanted))
        return image

    def slice(self, array_axis: int, index: int, output: Output | None = None) -> Volume:
        """Return one array slice of the moved scan, ``array_axis`` dropped."""
        box = list(WHOLE)
        box[array_axis] = slice(index, index + 1)
        return self.image((box[0], box[1], box[2]), output).squeeze(array_axis)

    def _tiles(self, box: Box) -> list[Box]:
        """Cut a box where no slab axis is cut: along the first other axis that has any length."""
        shape = box_shape(box)
        across = [axis for axis in range(3) if axis != self.slab_axis]
        cut = next((axis for axis in across if shape[axis] > 1), across[0])
        other = next(axis for axis in across if axis != cut)
        line = shape[other] * len(self.segments)
        a_share = -(-shape[cut] * line // thread_count())
        voxels = min(_TILE_VOXELS, max(_LEAST_TILE_VOXELS, a_share))
        return cut_box(box, cut, -(-voxels // (line or 1)))

    def _tile(self, tile: Box, output: Output) -> Volume:
        """Mix a tile, on this thread alone; its lines along the slab axis are all needed."""
        axis, wanted = self.slab_axis, tile[self.slab_axis]
        lines = list(tile)
        lines[axis] = slice(0, len(self.segments))

        def posed(pose: int) -> Volume:
            return self.resampler.sample(self._pulls[pose], (lines[0], lines[1], lines[2]))

        if wanted.stop - wanted.start == 1:
            plane = mix_position(posed, self.segments, axis, wanted.start, output)
            return np.expand_dims(plane, axis)
        return mix(posed, self.segments, axis, output)[(slice(None),) * axis + (wanted,)]

    def _settle(self, output: Output | None) -> Output:
        if output is not None:
            return output
        return "real" if self.trajectory.convention == "torchio" else "magnitude"


def simulate(
    volume: NDArray[np.generic],
    affine: ArrayLike,
    trajectory: Trajectory,
    *,
    output: Output | None = None,
    kernel: Kernel | None = None,
) -> Volume:
    """Return the scan as it would look had the head moved along a trajectory.

    Parameters
    ----------
    volume : (I, J, K) array
        The still scan, any real type; left untouched.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    trajectory : Trajectory
        Poses over k-space time.
    output : "magnitude", "real" or None
        Magnitude is what a scanner shows. Real may be negative. None is magnitude, or real where
        the trajectory follows TorchIO.
    kernel : "cubic", "linear" or None
        Interpolation of the posed heads; linear blurs, and is for live views. None is cubic, or
        linear where the trajectory follows TorchIO.

    Returns
    -------
    (I, J, K) float32 array
        On the input's grid and intensity scale. The head lies where the pose at the centre of
        k-space puts it.

    Raises
    ------
    ValueError
        If the volume is not three-dimensional.
    """
    return Acquisition(_checked(volume), affine, trajectory, kernel=kernel).image(output=output)


def simulate_slice(
    volume: NDArray[np.generic],
    affine: ArrayLike,
    trajectory: Trajectory,
    array_axis: int,
    index: int,
    *,
    output: Output | None = None,
    kernel: Kernel | None = None,
) -> Volume:
    """Return ``simulate(...)``'s slice ``index`` along ``array_axis``, much sooner.

    A slice that contains the slab axis needs that one plane of every posed head; a slice across it
    needs all lines, but one position of each. The result is that of :func:`simulate` with the same
    arguments, within float32 error. For a live view, ask for the linear kernel.

    Raises
    ------
    IndexError
        If the slice is outside the volume.
    """
    volume = _checked(volume)
    if not 0 <= array_axis < 3 or not 0 <= index < volume.shape[array_axis]:
        raise IndexError(f"no slice {index} along axis {array_axis} of a volume {volume.shape}")
    return Acquisition(volume, affine, trajectory, kernel=kernel).slice(array_axis, index, output)


def _conventional_resampler(
    volume: NDArray[np.generic], trajectory: Trajectory, kernel: Kernel | None
) -> Resampler:
    """Interpolate as asked, else as the trajectory's convention has it."""
    torchio = trajectory.convention == "torchio"
    settled: Kernel = kernel or ("linear" if torchio else "cubic")
    border: Border = "minimum" if torchio and settled == "linear" else "mirror"
    return Resampler(volume, settled, border)


def with_pivot(
    trajectory: Trajectory, volume: NDArray[np.generic], affine: ArrayLike
) -> Trajectory:
    """Return the trajectory with its pivot settled: its own, or the scan's brain centre."""
    if trajectory.pivot is not None:
        return trajectory
    return trajectory.about(brain_center(volume, np.asarray(affine, dtype=float)))


_Array = TypeVar("_Array", bound=NDArray[np.generic])


def _checked(volume: _Array) -> _Array:
    if volume.ndim != 3:
        raise ValueError(f"volume must have three dimensions, got shape {volume.shape}")
    return volume
