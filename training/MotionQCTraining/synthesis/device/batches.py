"""Batches for training: seeded, whole, on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from MotionQCLib.models.metadata import ScoreLabel
from MotionQCLib.scan.conform import CEILING
from MotionQCTraining.data.distances import TENTHS
from MotionQCTraining.synthesis.device.acquisition import acquire
from MotionQCTraining.synthesis.device.anatomy import displacement_field
from MotionQCTraining.synthesis.device.appearance import Shower
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.device.energy import gradient_energy
from MotionQCTraining.synthesis.device.masks import within, without_face
from MotionQCTraining.synthesis.device.plan import Plan, draw_plan, plan_versions
from MotionQCTraining.synthesis.device.precision import exact_arithmetic
from MotionQCTraining.synthesis.device.resample import Resampler
from MotionQCTraining.synthesis.device.sources import Sources
from MotionQCTraining.synthesis.device.trajectories import SCORES

_ARTEFACT_FLOOR = 0.003


class Batch(NamedTuple):
    """What one draw gives, on the device.

    Parameters
    ----------
    images : (B, 1, I, J, K) tensor
        Intensities in [0, 1.5].
    scores_mm : (B, 3) float32 tensor
        True scores, in the order of ``trajectories.SCORES``.
    artefacts : (B, I/c, J/c, K/c) float32 tensor or None
        Logarithm of what motion changed, by cubes, as ``samples.artefact_map`` has it.
    sources : list of B ints
        Which source each volume was made from.
    """

    images: Tensor
    scores_mm: Tensor
    artefacts: Tensor | None
    sources: list[int]

    def scores(self, label: ScoreLabel) -> Tensor:
        """Return one of the scores, ``(B,)``, mm."""
        return self.scores_mm[:, SCORES.index(label)]


class _Bend(NamedTuple):
    """A map ``(3, 4)`` and a displacement ``(3, I, J, K)``, voxels, that change an anatomy."""

    pull: Tensor
    field: Tensor


class _Made(NamedTuple):
    """One volume, its ``edge`` score and its artefact map."""

    image: Tensor
    edge_mm: Tensor
    artefact: Tensor | None


class DeviceSynthesis:
    """Draws batches; batch ``n`` of a size is the same whenever it is asked for on one device.

    Parameters
    ----------
    sources : Sources
        Still scans on the device. Sites are drawn evenly, scans evenly within a site.
    config : SynthesisConfig
        How to draw.
    seed : int
        Seed of all draws.
    compiled : bool
        Whether to compile the kernels: up to a minute at the first batch, several times as fast
        from then on; see ``compiling.py``.
    dtype : torch.dtype
        Of the images; nothing is computed in it.
    artefact_cell : int or None
        Side of the cubes of the artefact maps; None makes none.
    """

    def __init__(
        self,
        sources: Sources,
        config: SynthesisConfig,
        seed: int,
        *,
        compiled: bool = False,
        dtype: torch.dtype = torch.float32,
        artefact_cell: int | None = None,
    ) -> None:
        self.sources, self.config, self.seed = sources, config, seed
        self.dtype, self.artefact_cell = dtype, artefact_cell
        self._heads = Resampler(config.kernel, compiled=compiled)
        self._distances = Resampler("linear", compiled=compiled)
        self._show = Shower(compiled=compiled)

    def batch(self, number: int, size: int) -> Batch:
        """Return batch ``number`` of ``size`` volumes."""
        strength = min(1.0, number * size / self.config.ramp)
        return self._made(draw_plan(self.sources, self.config, (self.seed, number), size, strength))

    def versions(self, source: int, wanted_mm: Sequence[float], seed: tuple[int, ...]) -> Batch:
        """Return versions of one scan, moved by so much each.

        They have the scan's own anatomy and appearance, and masks as in training; every one has a
        displacement of its own.

        Parameters
        ----------
        source : int
            Which of the sources.
        wanted_mm : sequence of float
            Their ``edge`` scores; what a score is in truth is in the batch.
        seed : tuple of int
            Seed of these draws.
        """
        return self._made(plan_versions(self.sources, self.config, seed, source, wanted_mm))

    def _made(self, plan: Plan) -> Batch:
        sources = self.sources
        with exact_arithmetic(sources.device):
            noise = Generator(sources.device).manual_seed(plan.noise_seed)
            made = [self._volume(plan, sample, noise) for sample in range(len(plan.sources))]
            artefacts = [one.artefact for one in made if one.artefact is not None]
            scores = plan.scores_mm.clone()
            scores[:, 0] = torch.stack([one.edge_mm for one in made])
        return Batch(
            images=torch.stack([one.image for one in made])[:, None],
            scores_mm=scores,
            artefacts=torch.stack(artefacts) if artefacts else None,
            sources=plan.sources,
        )

    def _volume(self, plan: Plan, sample: int, noise: Generator) -> _Made:
        axis, source = int(plan.axis[sample]), plan.sources[sample]
        bend = self._bend(plan, sample)
        still_head = self._anatomy(self._heads, self.sources.images[source], bend)
        slabs = self.sources.grid[axis]
        moved, still = acquire(
            self._heads,
            self._heads.prepared(still_head),
            plan.pulls[sample],
            plan.segments[sample, :slabs],
            axis,
        )
        edge_mm = plan.scores_mm[sample, 0]
        if bend is not None:
            center = self.sources.center_voxel(source)
            energy = gradient_energy(still_head, axis, center, self.sources.voxel_mm)
            edge_mm = energy @ plan.deviations[sample, :slabs]
        look = plan.looks[sample]
        image = self._show(moved, look, self.sources.voxel_mm, noise)
        image = self._masked(image, plan, sample, bend).clamp(0.0, CEILING).to(self.dtype)
        artefact = None
        if self.artefact_cell is not None:
            artefact = artefact_map(moved, still, self.artefact_cell)
        if look.flips[0]:
            image, artefact = image.flip(0), artefact.flip(0) if artefact is not None else None
        return _Made(image, edge_mm, artefact)

    def _bend(self, plan: Plan, sample: int) -> _Bend | None:
        """Return how a source becomes another head, unless nothing changes yet."""
        if plan.strength == 0:
            return None
        center = self.sources.center_voxel(plan.sources[sample])
        field = displacement_field(plan.control[sample], self.sources.grid, center)
        return _Bend(plan.scaling[sample], field)

    def _anatomy(self, resampler: Resampler, volume: Tensor, bend: _Bend | None) -> Tensor:
        """Return a source's volume ``(I, J, K)``, enlarged and bent."""
        volume = volume.to(torch.float32)
        if bend is None:
            return volume
        return resampler.deformed(resampler.prepared(volume), bend.pull, bend.field)

    def _masked(self, image: Tensor, plan: Plan, sample: int, bend: _Bend | None) -> Tensor:
        """Set to 0 what was cut away from the image."""
        look, source = plan.looks[sample], plan.sources[sample]
        faceless = look.face is not None
        brain = head = None
        if look.surface == "brain" or (faceless and self.sources.has_brain[source]):
            brain = self._distance(self.sources.brain_distance[source], plan, sample, bend)
        if look.surface == "head":
            head = self._distance(self.sources.head_distance[source], plan, sample, bend)
        if faceless:
            image = without_face(image, plan.faces[sample], brain)
        surface = brain if look.surface == "brain" else head
        return image if surface is None else within(image, surface, look.margin_mm)

    def _distance(self, distance: Tensor, plan: Plan, sample: int, bend: _Bend | None) -> Tensor:
        """Distance to a surface in mm, in the pose that the centre of k-space saw."""
        reference = int(plan.segments[sample, 0])
        anatomy = self._anatomy(self._distances, distance, bend)
        prepared = self._distances.prepared(anatomy)
        return self._distances.posed(prepared, plan.pulls[sample, reference]) / TENTHS


def artefact_map(moved: Tensor, still: Tensor, cell: int) -> Tensor:
    """Return ``samples.artefact_map`` of volumes on the device."""
    squared = F.avg_pool3d(((moved - still) ** 2)[None, None], cell)[0, 0]
    return torch.log10(squared.sqrt() + _ARTEFACT_FLOOR)
