"""Fixed sets of whole volumes, still and moved, on which networks are compared and finished."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCLib.atomic_file import replacing
from MotionQCTraining.data.arrays import save_arrays
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.running.tally import Tally

Volume = NDArray[np.float32]
_LARGEST_MM = 4.0


@dataclass(frozen=True)
class FixedSet:
    """Whole-grid volumes with what is known of each.

    Parameters
    ----------
    volumes : list of (I, J, K) float16 arrays
        Conformed intensities; memory maps, so that a set may be larger than memory.
    scores_mm : (V,) array
        True scores, of the kind that the run learns.
    persons, sites : lists
        Whose scan each volume is, and from where.
    scans : list
        Which scan each volume is a version of: the name of its prepared file.
    """

    volumes: list[NDArray[np.float16]]
    scores_mm: NDArray[np.float64]
    persons: list[str]
    sites: list[str]
    scans: list[str]

    def __len__(self) -> int:
        return len(self.volumes)


class Maker(Protocol):
    """Makes the volumes of a scan."""

    def key(self, draws: int) -> str:
        """Return all that volumes depend on besides the scan."""
        ...

    def make(self, file: Path, row: Row, draws: int) -> Iterator[tuple[Volume, float]]:
        """Yield the still version and ``draws`` moved ones on the grid, each with its score.

        Wanted scores are those of ``wanted_scores``.
        """
        ...


def fixed_set(
    files: Sequence[Path],
    rows: Sequence[Row],
    folder: str | Path,
    maker: Maker,
    *,
    draws: int | dict[str, int],
    report: Callable[[str], None] = lambda _: None,
) -> FixedSet:
    """Make, or find again, one still and ``draws`` moved volumes of every scan.

    Parameters
    ----------
    files, rows : sequences
        Prepared scans and their manifest rows.
    folder : path
        Where the volumes are kept.
    maker : Maker
        Makes them.
    draws : int or dict
        Moved volumes of each scan, or by site.
    report : callable
        Told of every scan that takes time, with the time left.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally(len(rows), report)
    volumes, scores, persons, sites, scans = [], [], [], [], []
    for file, row in zip(files, rows, strict=True):
        tally.next()
        count = draws if isinstance(draws, int) else draws[row.site]
        key = hashlib.sha256(maker.key(count).encode()).hexdigest()[:12]
        store = folder / f"{file.stem}_{key}"
        if not store.with_suffix(".npz").exists():
            tally.tell(f"simulating {row.person}")
            _keep(store, maker.make(file, row, count))
        with np.load(store.with_suffix(".npz")) as stored:
            scores.append(stored["scores_mm"])
        volumes += [np.load(_volume_file(store, n), mmap_mode="r") for n in range(count + 1)]
        persons += [row.person] * (count + 1)
        sites += [row.site] * (count + 1)
        scans += [file.stem] * (count + 1)
    return FixedSet(volumes, np.concatenate(scores), persons, sites, scans)


def wanted_scores(rng: Generator, draws: int) -> list[float]:
    """Return 0 and ``draws`` scores spread evenly over 0 to 4 mm.

    So each scan is seen at little and at much motion.
    """
    return [0.0, *((np.arange(draws) + rng.uniform(size=draws)) * _LARGEST_MM / draws).tolist()]


def person_seed(seed: int, row: Row) -> tuple[int, ...]:
    """Return the seed of a person's own stream of draws."""
    return (seed, *row.person.encode())


def _keep(store: Path, made: Iterator[tuple[Volume, float]]) -> None:
    """Write a scan's volumes, and last of all, as a sign that they are complete, its scores."""
    scores = []
    for number, (volume, score) in enumerate(made):
        # Another run that shares the folder may have the volume mapped already.
        with replacing(_volume_file(store, number)) as stream:
            np.save(stream, volume.astype(np.float16))
        scores.append(score)
    save_arrays(store.with_suffix(".npz"), {"scores_mm": np.array(scores)})


def _volume_file(store: Path, number: int) -> Path:
    return store.with_name(f"{store.name}_{number:02d}.npy")
