"""Ratings made by a stated rule, where no people's ratings can be had.

Every scan is moved a few times by this project's simulator, and rated by how far the head moved,
plus the noise of a rater who does not measure. The published systems, whose networks learn from
TorchIO's motion, are so tried on motion of another kind: magnitude images, a cubic kernel, any slab
axis, other courses, and a head that does not turn about its brain's centre. Such ratings show
whether a pipeline works, never how good a model is on patients: every table says what its ratings
are, and no head fitted to them is shipped.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import nibabel as nib
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.motion import Trajectory, gradient_energy, simulate, trajectory_scores
from MotionQCLib.motion.patterns import PATTERNS, PatternSettings
from MotionQCLib.motion.trajectory import Axis
from MotionQCLib.scan import Scan, read_scan
from MotionQCLib.scan.head import brain_center
from MotionQCTraining.data.manifest import Row, for_every_scan, write_manifest
from MotionQCTraining.limits import COUNT, NOT_NEGATIVE, POSITIVE, WHOLE, Limit, ascending, require

BY_PEOPLE = "ratings by people, from the manifest"
BY_RULE = "ratings made by rule, not by people"
RATED_MOTION = "MotionQC's simulator (magnitude, cubic, random slab axis and pattern)"
_FORMAT = 2
_AXES: tuple[Axis, ...] = get_args(Axis)


@dataclass(frozen=True)
class RatingRule:
    """How scans are moved and rated.

    Parameters
    ----------
    versions : int
        Moved versions of every scan. The scan itself is left out: what motion it has of its own
        nobody knows.
    largest : float
        Of a version's angles (degrees) and shifts (mm) none is beyond a reach, and that reach is
        uniform from 0 to this.
    movements : tuple
        Least and largest number of a pattern's events: steps, nods, turning points.
    patterns : tuple of str
        Courses of motion to draw from, each as often as the others.
    pivot_mm : float
        How far, along each axis, the point about which the head turns may lie from the brain's
        centre.
    limits_mm : tuple
        Scores between one rating and the next.
    names : tuple
        The ratings, from little motion to much; one more than there are limits.
    noise_mm : float
        Standard deviation of what the rater adds to the score.
    seed : int
        Seed of motion and rater.
    """

    versions: int = 4
    largest: float = 4.0
    movements: tuple[int, int] = (1, 6)
    patterns: tuple[str, ...] = ("steps", "step-and-return", "drift", "nod", "random-walk")
    pivot_mm: float = 30.0
    limits_mm: tuple[float, ...] = (0.6, 1.4)
    names: tuple[str, ...] = ("0", "1", "2")
    noise_mm: float = 0.3
    seed: int = 2025

    def __post_init__(self) -> None:
        require(
            self,
            {
                "versions": COUNT,
                "largest": POSITIVE,
                "movements": ascending(COUNT),
                "patterns": Limit(
                    lambda names: len(names) > 0 and set(names) <= set(PATTERNS),
                    f"some of {', '.join(PATTERNS)}",
                ),
                "pivot_mm": NOT_NEGATIVE,
                "limits_mm": Limit(
                    lambda limits: len(limits) > 0 and list(limits) == sorted(set(limits)),
                    "numbers, ascending",
                ),
                "noise_mm": NOT_NEGATIVE,
                "seed": WHOLE,
            },
        )
        if len(set(self.names)) != len(self.limits_mm) + 1:
            raise ValueError(
                f"names are {self.names} with limits_mm {self.limits_mm}; give one name more than "
                "limits, all different"
            )

    @property
    def statement(self) -> str:
        """The rule in words, for tables: also which simulator moved the scans that are rated."""
        limits = ", ".join(f"{limit:g}" for limit in self.limits_mm)
        return (
            f"{BY_RULE}: motion up to {self.largest:g} mm and degrees by {RATED_MOTION}, rated "
            f"{' < '.join(self.names)} with limits at {limits} mm, rater noise "
            f"{self.noise_mm:g} mm"
        )

    def draw(self, rng: Generator, center: NDArray[np.float64]) -> Trajectory:
        """Return a motion of a head whose brain's centre ``(3,)`` lies there, RAS mm."""
        reach = rng.uniform(0, self.largest)
        x, y, z = center + rng.uniform(-self.pivot_mm, self.pivot_mm, 3)
        settings = PatternSettings(
            events=int(rng.integers(self.movements[0], self.movements[1] + 1)),
            rotation_deg=reach,
            translation_mm=reach,
            axis=_AXES[rng.integers(len(_AXES))],
            pivot=(x, y, z),
        )
        return PATTERNS[self.patterns[rng.integers(len(self.patterns))]](settings, rng)

    def rating(self, score_mm: float, rng: Generator) -> str:
        """Return what the rater says of a score."""
        seen = score_mm + rng.normal(0, self.noise_mm)
        return self.names[int(np.searchsorted(self.limits_mm, seen))]


def simulate_ratings(
    rows: Sequence[Row],
    folder: str | Path,
    rule: RatingRule,
    report: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Return moved versions of scans with ratings, writing those that are not there yet.

    Parameters
    ----------
    rows : sequence of Row
        Scans that hold still; what rating they have is left aside.
    folder : path
        Where the moved scans go, with ``ratings.tsv``, their manifest, and ``RULE.txt``.
    rule : RatingRule
        How they are moved and rated.
    report : callable
        Told of every scan that takes time, and of every one that cannot be used.

    Raises
    ------
    InputError
        ``unreadable-scans``.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    def versions(row: Row) -> list[Row]:
        report(f"moving {row.person} for ratings by rule")
        still = _Still.of(read_scan(row.path))
        return [_version(row, still, number, folder, rule) for number in range(rule.versions)]

    rated = [version for each in for_every_scan(rows, versions, report) for version in each]
    write_manifest(rated, folder / "ratings.tsv")
    write_atomically(folder / "RULE.txt", rule.statement + "\n")
    return rated


@dataclass(frozen=True)
class _Still:
    """A scan with what its motion's score depends on."""

    volume: NDArray[np.float32]
    affine: NDArray[np.float64]
    center: NDArray[np.float64]
    energies: dict[Axis, NDArray[np.float64]]
    fingerprint: str

    @classmethod
    def of(cls, scan: Scan) -> _Still:
        volume = np.ascontiguousarray(scan.data, np.float32)
        affine = np.asarray(scan.affine, float)
        center = np.asarray(brain_center(volume, affine), float)
        energies = {axis: gradient_energy(volume, affine, axis, center) for axis in _AXES}
        content = hashlib.sha256(volume.tobytes())
        content.update(affine.tobytes())
        return cls(volume, affine, center, energies, content.hexdigest())


def _version(row: Row, still: _Still, number: int, folder: Path, rule: RatingRule) -> Row:
    """Move a scan and rate it; the seed is that of person, what the scan holds, and number."""
    name = hashlib.sha256(f"{_FORMAT}:{rule}:{row.person}:{still.fingerprint}:{number}".encode())
    rng = np.random.default_rng(list(name.digest()))
    trajectory = rule.draw(rng, still.center)
    energy = still.energies[trajectory.axis]
    score = trajectory_scores(trajectory, energy, still.center).edge
    path = folder / f"{name.hexdigest()[:16]}.nii.gz"
    if not path.exists():
        moved = simulate(still.volume, still.affine, trajectory, output="magnitude", kernel="cubic")
        image = nib.Nifti1Image(moved, still.affine)
        write_atomically(path, gzip.compress(image.to_bytes(), 1, mtime=0))
    return Row(str(path), row.subject, row.site, rule.rating(score, rng))
