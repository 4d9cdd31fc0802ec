"""Training samples: crops of one head, moved differently, as different scanners show them.

A sample is a *group* of crops that share subject, position, masking and contrast and differ in
motion alone. All poses of a group, the still one's too, carry the same random rigid displacement:
every crop of a group has been interpolated as often and with the same kernel, so that interpolation
tells nothing. Noise comes after the motion, because a scanner's noise does not move with the head,
and brains are cut out after the motion, as they are in practice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.models.metadata import ScoreLabel
from MotionQCLib.motion import Acquisition, Trajectory, matrix_pose, pose_matrix, trajectory_scores
from MotionQCLib.motion.score import MotionScores
from MotionQCLib.motion.trajectory import Axis, slab_axis
from MotionQCLib.resampling.resampler import Box, Kernel, Resampler
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import PreparedScan, load
from MotionQCTraining.limits import (
    COUNT,
    NOT_NEGATIVE,
    SHARE,
    SHARE_BELOW_ONE,
    WHOLE,
    one_of,
    require,
    sides,
)
from MotionQCTraining.synthesis.appearance import Appearance, Look, draw_look
from MotionQCTraining.synthesis.motion_draws import MotionDraws

Crop = NDArray[np.float32]
Seed = tuple[int, ...]
AXES: tuple[Axis, ...] = ("LR", "AP", "SI")
"""The anatomical axes of a conformed volume's array axes."""
ARTEFACT_CELL = 8
"""Side in voxels of the cubes by which :func:`artefact_map` sums up."""


@dataclass(frozen=True)
class SampleConfig:
    """How groups of samples are drawn.

    Parameters
    ----------
    crop : tuple
        Voxels of a crop along right, front, up.
    group : int
        Motions of a group; each gives two crops.
    kernel : "cubic" or "linear"
        Interpolation of poses.
    displacement_mm, displacement_deg : float
        Largest rigid displacement given to all poses of a group alike.
    renewal : int
        Groups after which a scan is made another head, by bending and scaling it anew; until then
        it is as it was scanned. 0 leaves it so for good.
    elastic_mm : float
        Largest elastic displacement.
    scale : float
        Largest relative change of a head's size along an axis.
    extracted : float
        Share of whole heads whose brain is cut out.
    airless : float
        Share of the remaining whole heads whose air is set to 0.
    ramp : int
        Number of groups over which appearance changes grow from none to full.
    """

    crop: tuple[int, int, int] = (64, 64, 64)
    group: int = 2
    kernel: Kernel = "cubic"
    displacement_mm: float = 6.0
    displacement_deg: float = 12.0
    renewal: int = 800
    elastic_mm: float = 8.0
    scale: float = 0.06
    extracted: float = 0.5
    airless: float = 0.4
    ramp: int = 1500
    motion: MotionDraws = field(default_factory=MotionDraws)
    appearance: Appearance = field(default_factory=Appearance)

    def __post_init__(self) -> None:
        require(
            self,
            {
                "crop": sides(ARTEFACT_CELL, "because artefacts are summed up by cubes"),
                "group": COUNT,
                "kernel": one_of(get_args(Kernel)),
                "displacement_mm": NOT_NEGATIVE,
                "displacement_deg": NOT_NEGATIVE,
                "renewal": WHOLE,
                "elastic_mm": NOT_NEGATIVE,
                "scale": SHARE_BELOW_ONE,
                "extracted": SHARE,
                "airless": SHARE,
                "ramp": COUNT,
            },
        )


class Subject:
    """A prepared scan with its interpolators, drawn from again and again."""

    def __init__(self, scan: PreparedScan, kernel: Kernel = "cubic") -> None:
        self.scan = scan
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
        return np.abs(self.head(self._reference_pull(trajectory), box))

    def distance(self, which: Resampler, trajectory: Trajectory, box: Box) -> Crop:
        """Return the distance to a surface, posed as at the centre of k-space, mm."""
        return which(self._reference_pull(trajectory), box)

    def _reference_pull(self, trajectory: Trajectory) -> NDArray[np.float64]:
        affine = self.scan.affine
        slabs = self.scan.image.shape[slab_axis(affine, trajectory.axis)[0]]
        pose = trajectory.matrices()[trajectory.reference(slabs)]
        pull: NDArray[np.float64] = np.linalg.inv(affine) @ np.linalg.inv(pose) @ affine
        return pull


class Group(NamedTuple):
    """What one draw gives: ``C`` crops of one head that differ in motion and along the slab axis.

    Parameters
    ----------
    crops : (C, I, J, K) float32 array
        Intensities in [0, 1.5].
    scores_mm : (C,) float32 array
        True scores.
    artefacts : (C, I/8, J/8, K/8) float32 array
        Logarithm of what motion changed, see :func:`artefact_map`.
    """

    crops: Crop
    scores_mm: NDArray[np.float32]
    artefacts: NDArray[np.float32]


class SampleSource:
    """Draws groups from the scans of a manifest; group ``n`` is the same whenever it is asked for.

    Parameters
    ----------
    files, rows : sequences
        Prepared scans (``volumes.prepare``) and their manifest rows. Sites are drawn evenly,
        subjects evenly within a site.
    config : SampleConfig
        How to draw.
    seed : int
        Seed of all draws.
    label : str
        Which score samples are labelled with. Whichever it is, ``edge`` scores are what is drawn.
    """

    def __init__(
        self,
        files: Sequence[Path],
        rows: Sequence[Row],
        config: SampleConfig,
        seed: int,
        label: ScoreLabel = "edge",
    ) -> None:
        self.config = config
        self.seed = seed
        self.label = label
        self._scans = list(zip(files, rows, strict=True))
        self._sites: dict[str, list[int]] = {}
        for scan, row in enumerate(rows):
            self._sites.setdefault(row.site, []).append(scan)

    def group(self, number: int) -> Group:
        """Return group ``number``: two crops from each of a few motions of one head."""
        rng = np.random.default_rng((self.seed, number))
        config = self.config
        subject = self._subject(rng, number)
        array_axis = int(rng.integers(3))
        boxes = draw_boxes(rng, subject, config.crop, array_axis)
        displacement = draw_displacement(rng, subject, config)
        look = draw_scan_look(rng, subject.scan, config, min(1.0, number / config.ramp))
        crops, artefacts, labels = [], [], []
        for wanted in [config.motion.score(rng) for _ in range(config.group)]:
            trajectory, scores = draw_motion(
                rng, subject, config.motion, wanted, AXES[array_axis], displacement
            )
            for box, moved in zip(boxes, subject.moved(trajectory, boxes, array_axis), strict=True):
                artefacts.append(artefact_map(moved, subject.still(trajectory, box)))
                crops.append(shown(look, rng, moved, subject, trajectory, box))
                labels.append(getattr(scores, self.label))
        crop_array = np.stack(crops)
        return Group(
            crops=flipped(look, crop_array),
            scores_mm=np.array(labels, np.float32),
            artefacts=flipped(look, np.stack(artefacts)),
        )

    def _subject(self, rng: Generator, number: int) -> Subject:
        sites = sorted(self._sites)
        members = self._sites[sites[int(rng.integers(len(sites)))]]
        scan = members[int(rng.integers(len(members)))]
        renewal = self.config.renewal
        turn = number // renewal if renewal else 0
        seed = (self.seed, scan, turn) if turn else ()
        return _subjects.get(*self._scans[scan], self.config, seed)


class _OpenSubjects:
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


_subjects = _OpenSubjects(most=96)


def _opened(file: Path, row: Row, config: SampleConfig, seed: Seed) -> Subject:
    # With torch, which a configuration, whose record is here, can do without.
    from MotionQCTraining.synthesis.other_heads import other_head

    head = load(file, row)
    if seed:
        rng = np.random.default_rng(seed)
        head = other_head(rng, head, elastic_mm=config.elastic_mm, scale=config.scale)
    return Subject(head, config.kernel)


def draw_motion(
    rng: Generator,
    subject: Subject,
    draws: MotionDraws,
    wanted_mm: float,
    axis: Axis,
    displacement: NDArray[np.float64],
) -> tuple[Trajectory, MotionScores]:
    """Return a trajectory with a displacement under all its poses, and its scores.

    Scores are those about the place where the displacement puts the brain's centre.
    """
    scan = subject.scan
    trajectory = draws.trajectory(rng, wanted_mm, axis, scan.energy[axis], scan.center)
    lying = (displacement @ [*scan.center, 1.0])[:3]
    scores = trajectory_scores(trajectory, scan.energy[axis], lying)
    poses = [matrix_pose(push @ displacement, scan.center) for push in trajectory.matrices()]
    return replace(trajectory, poses=np.array(poses)), scores


def draw_boxes(
    rng: Generator, subject: Subject, crop: tuple[int, int, int], along: int
) -> list[Box]:
    """Return two neighbouring boxes, one behind the other along an axis, about a brain voxel."""
    middle = subject.inside[int(rng.integers(len(subject.inside)))]
    extent = np.array(crop)
    extent[along] *= 2
    room = np.maximum(np.array(subject.scan.image.shape) - extent, 0)
    start = np.minimum(np.maximum(middle - extent // 2, 0), room)
    start[along] = rng.integers(room[along] + 1)
    second = start.copy()
    second[along] += crop[along]
    return [_box(start, crop), _box(second, crop)]


def _box(start: NDArray[np.int64], shape: tuple[int, int, int]) -> Box:
    i, j, k = (slice(int(a), int(a) + n) for a, n in zip(start, shape, strict=True))
    return i, j, k


def artefact_map(moved: Crop, still: Crop, cell: int = ARTEFACT_CELL) -> NDArray[np.float32]:
    """Return the logarithm of what motion changed, by cubes of ``cell`` voxels.

    Parameters
    ----------
    moved, still : (I, J, K) arrays
        The moved crop, and the same head at rest in the pose at the centre of k-space.
    cell : int
        Side of a cube, which divides every side of the crop.

    Returns
    -------
    (I/cell, J/cell, K/cell) float32 array
        ``log10`` of the RMS difference, floored at 0.3 % of the intensity scale.
    """
    i, j, k = (n // cell for n in moved.shape)
    squared = ((moved - still) ** 2).reshape(i, cell, j, cell, k, cell).mean(axis=(1, 3, 5))
    return np.log10(np.sqrt(squared) + 0.003).astype(np.float32)


def draw_displacement(
    rng: Generator, subject: Subject, config: SampleConfig
) -> NDArray[np.float64]:
    """Return a random rigid push map ``(4, 4)`` about the brain's centre, for all poses alike."""
    size = np.repeat([config.displacement_mm, config.displacement_deg], 3)
    return pose_matrix(rng.uniform(-size, size), subject.scan.center)


def draw_scan_look(
    rng: Generator, scan: PreparedScan, config: SampleConfig, strength: float
) -> Look:
    """Draw an appearance of a scan, as far as its surfaces are known."""
    return draw_look(
        rng,
        config.appearance,
        strength,
        surfaces=(scan.brain_only or scan.has_brain_mask, not scan.brain_only),
        extracted=config.extracted,
        airless=config.airless,
    )


def shown(
    look: Look, rng: Generator, crop: Crop, subject: Subject, trajectory: Trajectory, box: Box
) -> Crop:
    """Return a crop as another scanner and preparation would show it."""
    image = np.clip(crop, 0.0, 1.5) * bias_field(crop.shape, look.bias)
    if look.blur_mm > 0:
        image = ndimage.gaussian_filter(image, look.blur_mm)
    if look.noise > 0:
        noise = rng.standard_normal((2, *crop.shape), np.float32) * np.float32(look.noise)
        image = np.hypot(image + noise[0], noise[1])
    image = image ** np.float32(np.exp(look.log_gamma)) * np.float32(look.gain)
    if look.surface is not None:
        field = subject.brain_distance if look.surface == "brain" else subject.head_distance
        image[subject.distance(field, trajectory, box) > look.margin_mm] = 0.0
    clipped: Crop = np.clip(image, 0.0, 1.5).astype(np.float32, copy=False)
    return clipped


def flipped(look: Look, stack: Crop) -> Crop:
    """Return a stack ``(C, I, J, K)`` with the drawn axes reversed."""
    order = (slice(None), *(slice(None, None, -1 if flip else 1) for flip in look.flips))
    return np.ascontiguousarray(stack[order])


def bias_field(shape: tuple[int, ...], coefficients: NDArray[np.float64]) -> Crop:
    """Return exp of a quadratic; its 9 coefficients belong to x y z, xx yy zz, xy yz zx."""
    x, y, z = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in shape)]
    c = coefficients
    exponent = c[0] * x + c[1] * y + c[2] * z + c[3] * x * x + c[4] * y * y + c[5] * z * z
    exponent = exponent + c[6] * x * y + c[7] * y * z + c[8] * z * x
    return np.exp(exponent).astype(np.float32)
