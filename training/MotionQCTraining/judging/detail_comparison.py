"""Do simulated scans look like really moved ones? Fine detail of both beside the still scan's.

One head that lay still and moved is needed, as in MR-ART. The comparison says what a simulation
lacks; nothing is selected or tuned by it, because those scans judge the finished model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCLib.errors import InputError
from MotionQCLib.motion import Trajectory, simulate
from MotionQCLib.motion.score import scaled_to_score
from MotionQCLib.motion.trajectory import Axis
from MotionQCLib.resampling.resampler import WHOLE, Kernel
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import Grid, PreparedScan, load, prepare
from MotionQCTraining.judging.fine_detail import FineDetail, fine_detail
from MotionQCTraining.synthesis.motion_draws import COURSES
from MotionQCTraining.synthesis.rician import with_noise
from MotionQCTraining.synthesis.subject import Subject

GRID: Grid = (160, 192, 160)
KERNELS: tuple[Kernel, ...] = ("linear", "cubic")
_DEPTH_MM = 3.0
_DISPLACEMENT = (1.3, -2.4, 0.7, 2.0, -1.0, 3.0)
"""A pose between voxels, in which a still head shows what interpolation alone takes away."""


@dataclass(frozen=True)
class Line:
    """One scan, or the mean of some simulations, beside the still scan.

    Parameters
    ----------
    subject, scan : str
        Whose, and which: the name of a real scan, or the kind of motion that was simulated.
    score_mm : float or None
        The simulations' ``edge`` score.
    kernel : str or None
        The simulations' interpolation.
    noisy : bool
        Whether noise of the still scan's level was added after the motion.
    detail : FineDetail
        Multiples of the still scan's.
    """

    subject: str
    scan: str
    score_mm: float | None
    kernel: str | None
    noisy: bool
    detail: FineDetail


def compare(
    folder: Path,
    work: Path,
    *,
    scores_mm: Sequence[float],
    draws: int,
    axis: Axis,
    seed: int,
    report: Callable[[str], None] = lambda _: None,
) -> list[Line]:
    """Compare every subject's moved scans with simulations of the still one.

    Parameters
    ----------
    folder : Path
        A BIDS folder whose subjects have ``acq-standard`` and ``acq-headmotion`` scans, each with
        its brain beside it (``desc-brain_T1w``).
    work : Path
        Where prepared scans are kept.
    scores_mm : sequence of float
        ``edge`` scores to simulate.
    draws : int
        Simulations of each kind of motion, score and kernel.
    axis : "LR", "AP" or "SI"
        The slab axis of the simulations.
    seed : int
        Seed of the draws.
    report : callable
        Told of what takes time.

    Raises
    ------
    InputError
        There is no such subject, or a scan cannot be read.
    """
    lines = []
    for rows in triplets(folder):
        still, *moved = (
            load(file, row)
            for file, row in zip(prepare(rows, work, GRID, report), rows, strict=True)
        )
        at_rest = _detail(still.image, still.brain_distance)
        for scan in moved:
            found = _detail(scan.image, scan.brain_distance).relative_to(at_rest)
            name = Path(scan.row.path).name.split("_acq-")[1].split("_")[0]
            lines.append(Line(scan.row.subject, name, None, None, False, found))
        report(f"simulating {still.row.subject}")
        lines += _simulated(still, at_rest, scores_mm, draws, axis, seed)
    return lines


def triplets(folder: Path) -> list[list[Row]]:
    """Return the still and the moved scans of every subject, the still one first."""
    found = []
    for still in sorted(folder.rglob("sub-*_acq-standard_T1w.nii*")):
        subject = still.name.split("_")[0]
        moved = sorted(still.parent.glob(f"{subject}_acq-headmotion*[0-9]_T1w.nii*"))
        if moved:
            found.append([_row(scan, subject) for scan in (still, *moved)])
    if not found:
        raise InputError(
            "no-moved-scans",
            f"{folder}: no subject has acq-standard and acq-headmotion scans; give the folder of "
            "MR-ART (OpenNeuro ds004173) or one like it",
        )
    return found


def table(lines: Sequence[Line]) -> str:
    """Return the lines as aligned text."""
    rows = ["scan               mm   kernel   noise   detail   ringing LR    AP    SI   (× still)"]
    for line in lines:
        score = "" if line.score_mm is None else f"{line.score_mm:.1f}"
        noise = "added" if line.noisy else ""
        ringing = "".join(f"{part:6.2f}" for part in line.detail.ringing)
        rows.append(
            f"{line.scan:<16}{score:>5}   {line.kernel or '':<7}  {noise:<6}"
            f"{line.detail.energy:8.2f}        {ringing}"
        )
    return "\n".join(rows)


def to_json(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the lines as JSON has them."""
    return [asdict(line) for line in lines]


def _simulated(
    still: PreparedScan,
    at_rest: FineDetail,
    scores_mm: Sequence[float],
    draws: int,
    axis: Axis,
    seed: int,
) -> list[Line]:
    """Lines of a displaced head, and of every kind of motion, score and kernel."""
    subject = Subject(still)
    noise = subject.noise
    x, y, z = still.center
    displaced = Trajectory(np.array([_DISPLACEMENT]), np.zeros(1), axis, pivot=(x, y, z))
    settings: list[tuple[str, float, list[Trajectory]]] = [("still, displaced", 0.0, [displaced])]
    for score in scores_mm:
        for kind, course in COURSES.items():
            rng = np.random.default_rng((seed, len(settings)))
            motions = [_motion(rng, course, score, still, axis) for _ in range(draws)]
            settings.append((kind, score, motions))
    lines = []
    for name, score, motions in settings:
        for kernel in KERNELS:
            images = [simulate(still.image, still.affine, m, kernel=kernel) for m in motions]
            for level in (0.0, noise):
                rng = np.random.default_rng((seed, 0))
                found = [
                    _detail(
                        with_noise(rng, image, level),
                        subject.distance(subject.brain_distance, motion, WHOLE),
                    )
                    for image, motion in zip(images, motions, strict=True)
                ]
                mean = _mean([detail.relative_to(at_rest) for detail in found])
                lines.append(Line(still.row.subject, name, score, kernel, level > 0, mean))
    return lines


def _motion(
    rng: Generator,
    course: Callable[[Generator], tuple[NDArray[np.float64], NDArray[np.float64]]],
    score_mm: float,
    still: PreparedScan,
    axis: Axis,
) -> Trajectory:
    x, y, z = still.center
    poses, onsets = course(rng)
    unit = Trajectory(poses, onsets, axis, pivot=(x, y, z))
    return scaled_to_score(unit, score_mm, still.energy[axis], still.center)


def _detail(image: NDArray[np.float32], brain_distance: NDArray[np.float32]) -> FineDetail:
    return fine_detail(image, brain_distance < -_DEPTH_MM)


def _mean(details: Sequence[FineDetail]) -> FineDetail:
    i, j, k = np.mean([detail.ringing for detail in details], axis=0)
    return FineDetail(
        float(np.mean([detail.energy for detail in details])), (float(i), float(j), float(k))
    )


def _row(scan: Path, subject: str) -> Row:
    brain = scan.with_name(scan.name.replace("_T1w.", "_desc-brain_T1w."))
    if not brain.exists():
        raise InputError("no-brain", f"{brain}: is missing; put the extracted brain there")
    return Row(str(scan), subject, "moved", mask=str(brain))
