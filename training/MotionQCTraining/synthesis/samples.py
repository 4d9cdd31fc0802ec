"""Training samples: crops of one head, moved differently, as different scanners show them.

A sample is a *group* of crops that share subject, position, masking and contrast and differ in
motion alone. All poses of a group, the still one's too, carry the same random rigid displacement:
every crop of a group has been interpolated as often and with the same kernel, so that interpolation
tells nothing. Noise comes after the motion, because a scanner's noise does not move with the head,
and brains are cut out after the motion, as they are in practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.models.metadata import ScoreLabel
from MotionQCLib.motion import Trajectory, matrix_pose, pose_matrix, trajectory_scores
from MotionQCLib.motion.score import MotionScores
from MotionQCLib.motion.trajectory import Axis
from MotionQCLib.resampling.resampler import Box, box_within
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.synthesis.appearance import Look, draw_look
from MotionQCTraining.synthesis.face import BRAIN_GUARD_MM, Face
from MotionQCTraining.synthesis.motion_draws import MotionDraws
from MotionQCTraining.synthesis.rician import with_noise
from MotionQCTraining.synthesis.sample_config import ARTEFACT_CELL, SampleConfig
from MotionQCTraining.synthesis.subject import Crop, OpenSubjects, Subject

AXES: tuple[Axis, ...] = ("LR", "AP", "SI")
"""The anatomical axes of a conformed volume's array axes."""


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
        look = draw_scan_look(rng, subject, config, min(1.0, number / config.ramp))
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


_subjects = OpenSubjects(most=96)


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


def draw_scan_look(rng: Generator, subject: Subject, config: SampleConfig, strength: float) -> Look:
    """Draw an appearance of a scan, as far as its surfaces are known."""
    scan = subject.scan
    return draw_look(
        rng,
        config.appearance,
        strength,
        surfaces=(scan.brain_only or scan.has_brain_mask, not scan.brain_only),
        source_noise=subject.noise,
        cuts=config,
    )


def shown(
    look: Look, rng: Generator, crop: Crop, subject: Subject, trajectory: Trajectory, box: Box
) -> Crop:
    """Return a crop as another scanner and preparation would show it."""
    image = np.clip(crop, 0.0, 1.5) * bias_field(crop.shape, look.bias)
    if look.blur_mm > 0:
        image = ndimage.gaussian_filter(image, look.blur_mm)
    if look.noise > 0:
        image = with_noise(rng, image, look.noise)
    image = image ** np.float32(np.exp(look.log_gamma)) * np.float32(look.gain)
    if look.face is not None:
        image[in_face(look.face, subject, trajectory, box)] = 0.0
    if look.surface is not None:
        field = subject.brain_distance if look.surface == "brain" else subject.head_distance
        image[subject.distance(field, trajectory, box) > look.margin_mm] = 0.0
    clipped: Crop = np.clip(image, 0.0, 1.5).astype(np.float32, copy=False)
    return clipped


def in_face(face: Face, subject: Subject, trajectory: Trajectory, box: Box) -> NDArray[np.bool_]:
    """Return which voxels of a crop are of the face, in the pose at the centre of k-space."""
    scan = subject.scan
    normal = face.plane(scan.center) @ scan.affine @ subject.reference_pull(trajectory)
    i, j, k = np.ogrid[box_within(box, scan.image.shape)]
    found: NDArray[np.bool_] = normal[0] * i + normal[1] * j + normal[2] * k + normal[3] > 0
    if scan.has_brain_mask and found.any():
        found &= subject.distance(subject.brain_distance, trajectory, box) > BRAIN_GUARD_MM
    return found


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
