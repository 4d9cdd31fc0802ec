"""Ratings made by a stated rule, where no people's ratings can be had.

Every scan is moved a few times by TorchIO's motion, another simulator than the one that networks of
this project learn from, and rated by how far the head moved, plus the noise of a rater who does not
measure. Such ratings show whether a pipeline works, never how good a model is on patients: every
table says what its ratings are, and no head fitted to them is shipped.
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
import torch
import torchio
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCLib.anatomy import nearest_axes
from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.motion import gradient_energy, trajectory_scores
from MotionQCLib.motion.rigid import ORIGIN
from MotionQCLib.motion.samplings import MotionDraw, TorchIOSampling
from MotionQCLib.motion.trajectory import Axis
from MotionQCLib.scan import Scan, read_scan
from MotionQCLib.scan.head import brain_center
from MotionQCTraining.data.manifest import Row, for_every_scan, write_manifest
from MotionQCTraining.limits import COUNT, NOT_NEGATIVE, POSITIVE, WHOLE, Limit, ascending, require

BY_PEOPLE = "ratings by people, from the manifest"
BY_RULE = "ratings made by rule, not by people"
_FORMAT = 1


@dataclass(frozen=True)
class RatingRule:
    """How scans are moved and rated.

    Parameters
    ----------
    versions : int
        Moved versions of every scan. The scan itself is left out: what motion it has of its own
        nobody knows.
    largest : float
        A version's angles (degrees) and shifts (mm) are uniform within a reach, and that reach is
        uniform from 0 to this.
    movements : tuple
        Least and largest number of movements.
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
        """The rule in words, for tables."""
        limits = ", ".join(f"{limit:g}" for limit in self.limits_mm)
        return (
            f"{BY_RULE}: torchio.Motion up to {self.largest:g} mm and degrees, rated "
            f"{' < '.join(self.names)} with limits at {limits} mm, rater noise "
            f"{self.noise_mm:g} mm"
        )

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
    (folder / "RULE.txt").write_text(rule.statement + "\n", encoding="utf-8")
    return rated


@dataclass(frozen=True)
class _Still:
    """A scan with what its motion's score depends on."""

    volume: NDArray[np.float32]
    affine: NDArray[np.float64]
    centered: NDArray[np.float64]
    energy: NDArray[np.float64]

    @classmethod
    def of(cls, scan: Scan) -> _Still:
        # TorchIO turns about the world's origin: it is put where the head turns.
        centered = np.array(scan.affine, float)
        centered[:3, 3] -= brain_center(scan.data, scan.affine)
        volume = np.asarray(scan.data, np.float32)
        slabs: Axis = get_args(Axis)[nearest_axes(centered)[0][2]]
        energy = gradient_energy(volume, centered, slabs, ORIGIN)
        return cls(volume, np.asarray(scan.affine, float), centered, energy)


def _version(row: Row, still: _Still, number: int, folder: Path, rule: RatingRule) -> Row:
    """Move a scan and rate it; the seed is that of person, scan and number."""
    name = hashlib.sha256(f"{_FORMAT}:{rule}:{row.person}:{Path(row.path).name}:{number}".encode())
    rng = np.random.default_rng(list(name.digest()))
    reach = rng.uniform(0, rule.largest)
    movements = int(rng.integers(rule.movements[0], rule.movements[1] + 1))
    draw = TorchIOSampling((-reach, reach), (-reach, reach), movements).draw(rng)
    score = trajectory_scores(draw.as_published(), still.energy, ORIGIN).edge
    path = folder / f"{name.hexdigest()[:16]}.nii.gz"
    if not path.exists():
        moved = nib.Nifti1Image(_moved(still, draw), still.affine)
        write_atomically(path, gzip.compress(moved.to_bytes(), 1, mtime=0))
    return Row(str(path), row.subject, row.site, rule.rating(score, rng))


def _moved(still: _Still, draw: MotionDraw) -> NDArray[np.float32]:
    """What ``torchio.Motion`` makes of a scan; values below the scan's own are cut off."""
    motion = torchio.Motion(draw.degrees, draw.translation, draw.times, "linear")
    image = torchio.ScalarImage(
        tensor=torch.from_numpy(still.volume[np.newaxis]), affine=still.centered
    )
    moved: NDArray[np.float32] = motion(image).numpy()[0]
    return np.maximum(moved, min(0.0, float(still.volume.min())))
