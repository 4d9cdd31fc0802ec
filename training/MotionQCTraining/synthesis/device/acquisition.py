"""What a scanner sees of a head that moves: poses resampled one after the other, and mixed."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.mixing import Output
from MotionQCLib.resampling.resampler import Kernel
from MotionQCTraining.synthesis.device.mixing import Mixture
from MotionQCTraining.synthesis.device.precision import exact_arithmetic
from MotionQCTraining.synthesis.device.resample import Resampler
from MotionQCTraining.synthesis.device.rigid import pose_matrices, voxel_pulls


def acquire(
    resampler: Resampler,
    prepared: Tensor,
    pulls: Tensor,
    segments: Tensor,
    axis: int,
    output: Output = "magnitude",
) -> tuple[Tensor, Tensor]:
    """Return the moved image ``(I, J, K)``, and the same head at rest.

    One pose is resampled at a time, so that memory does not grow with their number.

    Parameters
    ----------
    resampler : Resampler
        How to interpolate.
    prepared : tensor
        The still volume as the resampler prepares it.
    pulls : (P, 3, 4) float32 tensor
        Output voxel index to input voxel index in each pose, all different.
    segments : (n,) integer tensor on the CPU
        Which pose each slab was acquired in, in FFT order.
    axis : int
        The slab axis of the array.
    output : "magnitude" or "real"
        See :class:`Mixture`.

    Returns
    -------
    moved, still : tensors
        ``still`` is the head in the pose that the centre of k-space saw.
    """
    still = resampler.posed(prepared, pulls[int(segments[0])])
    at_rest = still.abs() if output == "magnitude" else still
    poses = segments.unique().tolist()
    if len(poses) == 1:
        return at_rest, at_rest
    x, y, z = still.shape
    mixture = Mixture((x, y, z), axis, still.device, output)
    for pose in poses:
        reference = pose == int(segments[0])
        volume = still if reference else resampler.posed(prepared, pulls[pose])
        mixture.add(volume, segments == pose)
    return mixture.image(), at_rest


def simulate(
    volume: Tensor,
    affine: ArrayLike,
    trajectory: Trajectory,
    *,
    output: Output = "magnitude",
    kernel: Kernel = "cubic",
    compiled: bool = False,
) -> Tensor:
    """Return what ``MotionQCLib.motion.simulate`` returns, computed on the volume's device.

    Parameters
    ----------
    volume : (I, J, K) float32 tensor
        The still scan; left untouched.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    trajectory : Trajectory
        The motion, with its pivot given.
    output, kernel
        As there; beyond the border lies the mirror image, whatever the trajectory's convention.
    compiled : bool
        As for :class:`Resampler`.
    """
    if trajectory.pivot is None:
        raise ValueError("trajectory has no pivot; give it one with Trajectory.about")
    axis, reverse = trajectory.slab_axis(affine)
    unique, same = np.unique(trajectory.poses, axis=0, return_inverse=True)
    segments = same.ravel()[trajectory.segments(volume.shape[axis], reverse=reverse)]
    to_ras = torch.as_tensor(np.asarray(affine, dtype=float))
    pushes = pose_matrices(
        torch.as_tensor(unique), torch.tensor(trajectory.pivot, dtype=torch.float64)
    )
    pulls = voxel_pulls(pushes, to_ras)[:, :3].to(volume.device, torch.float32)
    resampler = Resampler(kernel, compiled=compiled)
    with exact_arithmetic(volume.device):
        prepared = resampler.prepared(volume)
        moved, _ = acquire(resampler, prepared, pulls, torch.as_tensor(segments), axis, output)
    return moved
