"""All that is drawn of a batch, before anything large is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from MotionQCTraining.synthesis.appearance import Look, draw_look
from MotionQCTraining.synthesis.device.anatomy import draw_control, scaling_pulls
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.device.courses import draw_trajectories
from MotionQCTraining.synthesis.device.rigid import inverse, pose_matrices, voxel_pulls
from MotionQCTraining.synthesis.device.sources import Sources
from MotionQCTraining.synthesis.device.trajectories import Trajectories


@dataclass(frozen=True, eq=False)
class Plan:
    """All that is drawn of a batch but the noise itself.

    Parameters
    ----------
    sources : list of B ints
        Which source each volume is made from.
    strength : float
        From 0 to 1: how far changes of anatomy and appearance have grown.
    axis : (B,) tensor
        Slab axes.
    scores_mm : (B, 3) float32 tensor on the device
        Scores of the motion in the sources as they are.
    deviations : (B, n) float32 tensor on the device
        How far each slab saw the head from where the centre of k-space saw it, mm.
    segments : (B, n) integer tensor on the CPU
        Which pose each slab saw; equal poses have one number.
    pulls : (B, S, 3, 4) float32 tensor on the device
        Output voxel index to input voxel index in each pose.
    control : (B, 3, 7, 7, 7) float32 tensor on the device
        Control points of the elastic deformation.
    scaling : (B, 3, 4) float32 tensor on the device
        Change of size.
    looks : list of B
        Appearances.
    faces : (B, 4) float32 tensor on the device
        Planes beyond which the faces of ``looks`` lie, over voxel indices; 0 where there is none.
    noise_seed : int
        Seed of the noise.
    """

    sources: list[int]
    strength: float
    axis: Tensor
    scores_mm: Tensor
    deviations: Tensor
    segments: Tensor
    pulls: Tensor
    control: Tensor
    scaling: Tensor
    looks: list[Look]
    faces: Tensor
    noise_seed: int


def draw_plan(
    sources: Sources,
    config: SynthesisConfig,
    seed: tuple[int, int],
    size: int,
    strength: float,
) -> Plan:
    """Draw a batch of ``size`` volumes from the seed of a run and the number of a batch."""
    rng = np.random.default_rng(seed)
    generator = Generator().manual_seed(int(rng.integers(2**62)))
    chosen = _choose(rng, sources.sites, size)
    return _drawn(rng, generator, sources, config, chosen, strength)


def plan_versions(
    sources: Sources,
    config: SynthesisConfig,
    seed: tuple[int, ...],
    source: int,
    wanted_mm: Sequence[float],
) -> Plan:
    """Draw versions of one scan with the scores asked for, in its own anatomy and appearance."""
    rng = np.random.default_rng(seed)
    generator = Generator().manual_seed(int(rng.integers(2**62)))
    wanted = torch.tensor(wanted_mm, dtype=torch.float64)
    return _drawn(rng, generator, sources, config, [source] * len(wanted), 0.0, wanted)


def _drawn(
    rng: np.random.Generator,
    generator: Generator,
    sources: Sources,
    config: SynthesisConfig,
    chosen: list[int],
    strength: float,
    wanted_mm: Tensor | None = None,
) -> Plan:
    size = len(chosen)
    affines, centers = sources.affines[chosen], sources.centers[chosen]
    motion = draw_trajectories(
        generator,
        config.motion,
        config.events,
        sources.energy[chosen],
        centers,
        sources.grid,
        wanted_mm,
    )
    segments = _same_poses(motion).gather(1, motion.segments(sources.grid))
    displacements = _displacements(generator, config, centers)
    pushes = motion.pushes() @ displacements[:, None]
    # Where the head lies whose motion it is.
    lying = (displacements @ F.pad(centers, (0, 1), value=1.0)[..., None])[:, :3, 0]
    reference = inverse(pushes[torch.arange(size), segments[:, 0]])
    control, scaling = _anatomies(generator, config, strength, sources, chosen)
    looks = [_look(rng, sources, number, config, strength) for number in chosen]

    def sent(small: Tensor) -> Tensor:
        return small.to(torch.float32).to(sources.device, non_blocking=True)

    return Plan(
        sources=chosen,
        strength=strength,
        axis=motion.axis,
        scores_mm=sent(motion.scores(sources.energy[chosen, motion.axis], lying, sources.grid)),
        deviations=sent(motion.deviations(lying, sources.grid)),
        segments=segments,
        pulls=sent(voxel_pulls(pushes, affines[:, None])[..., :3, :]),
        control=sent(control),
        scaling=sent(scaling),
        looks=looks,
        faces=sent(_faces(looks, centers) @ (reference @ affines)).flatten(1),
        noise_seed=int(rng.integers(2**62)),
    )


def _anatomies(
    generator: Generator,
    config: SynthesisConfig,
    strength: float,
    sources: Sources,
    chosen: list[int],
) -> tuple[Tensor, Tensor]:
    """Draw control points ``(B, 3, 7, 7, 7)`` and maps ``(B, 3, 4)`` that make other heads."""
    size = len(chosen)
    bent = torch.rand(size, generator=generator) < config.deformed
    reach = strength * config.elastic_mm / max(sources.voxel_mm)
    control = draw_control(generator, size, bent * reach)
    change = strength * config.scale * (2 * torch.rand(size, 3, generator=generator) - 1)
    voxels = torch.stack([sources.center_voxel(number) for number in chosen])
    return control, scaling_pulls(1.0 + change, voxels)


def _faces(looks: Sequence[Look], centers: Tensor) -> Tensor:
    """Return the planes ``(B, 1, 4)`` beyond which faces lie in the still heads, RAS mm."""
    planes = np.zeros((len(looks), 1, 4))
    for plane, look, center in zip(planes, looks, centers, strict=True):
        if look.face is not None:
            plane[0] = look.face.plane(center)
    return torch.from_numpy(planes)


def _choose(rng: np.random.Generator, sites: list[str], size: int) -> list[int]:
    """Draw sites evenly, and scans evenly within a site."""
    names = sorted(set(sites))
    members = [[n for n, site in enumerate(sites) if site == name] for name in names]
    drawn = [members[int(rng.integers(len(names)))] for _ in range(size)]
    return [scans[int(rng.integers(len(scans)))] for scans in drawn]


def _look(
    rng: np.random.Generator,
    sources: Sources,
    number: int,
    config: SynthesisConfig,
    strength: float,
) -> Look:
    return draw_look(
        rng,
        config.appearance,
        strength,
        surfaces=(sources.has_brain[number], sources.has_head[number]),
        source_noise=sources.noise[number],
        cuts=config,
    )


def _displacements(generator: Generator, config: SynthesisConfig, centers: Tensor) -> Tensor:
    """Random rigid push maps ``(B, 4, 4)`` about the brains' centres, for all poses alike."""
    largest = torch.tensor([config.displacement_mm] * 3 + [config.displacement_deg] * 3)
    sides = 2 * torch.rand(len(centers), 6, generator=generator, dtype=torch.float64) - 1
    return pose_matrices(sides * largest, centers)


def _same_poses(motion: Trajectories) -> Tensor:
    """The first of the equal poses of each pose, ``(B, S)``: it is resampled once."""
    poses = motion.poses
    same = (poses[:, :, None] == poses[:, None]).all(dim=-1)
    return same.to(torch.int8).argmax(dim=-1)
