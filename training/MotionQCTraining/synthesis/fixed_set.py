"""Fixed sets of whole volumes, still and moved, on which networks are compared and finished."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from MotionQCLib.resampling.resampler import Box
from MotionQCLib.scan import Scan, conform
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.arrays import save_arrays
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.volumes import Grid, load, prepare
from MotionQCTraining.synthesis.samples import (
    AXES,
    SampleConfig,
    Subject,
    draw_displacement,
    draw_motion,
    draw_scan_look,
    shown,
)

_WHOLE: Box = (slice(None), slice(None), slice(None))
_LARGEST_MM = 4.0
_FORMAT = 1


@dataclass(frozen=True)
class FixedSet:
    """Whole-grid volumes with what is known of each.

    Parameters
    ----------
    volumes : list of (I, J, K) float16 arrays
        Conformed intensities; memory maps, so that a set may be larger than memory.
    scores_mm : (V,) array
        True ``edge`` scores.
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


def fixed_set(
    files: Sequence[Path],
    rows: Sequence[Row],
    folder: str | Path,
    grid: Grid,
    config: SampleConfig,
    *,
    draws: int | dict[str, int],
    seed: int,
    displaced: bool,
    report: Callable[[str], None] = lambda _: None,
) -> FixedSet:
    """Make, or find again, one still and ``draws`` moved volumes of every scan.

    The moved volumes' wanted scores are spread evenly over 0 to 4 mm, so that each scan is seen at
    little and at much motion. Appearance is the scan's own; masking is drawn as in training.
    A scan prepared on its own grid is moved there and conformed after, as a user's scan would be.

    Parameters
    ----------
    files, rows : sequences
        Prepared scans and their manifest rows.
    folder : path
        Where the volumes are kept.
    grid : tuple
        The network's grid.
    config : SampleConfig
        How motion and masks are drawn.
    draws : int or dict
        Moved volumes of each scan, or by site.
    seed : int
        Seed of the draws; each person has a stream of their own.
    displaced : bool
        Whether all versions of a scan, the still one too, carry one random rigid displacement, as
        training samples do: what is fitted on them must not learn to tell interpolated volumes.
        Without it the still version is the scan as it is.
    report : callable
        Told of every scan that takes time.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    volumes, scores, persons, sites, scans = [], [], [], [], []
    for file, row in zip(files, rows, strict=True):
        count = draws if isinstance(draws, int) else draws[row.site]
        made_with = repr((_FORMAT, grid, config, count, seed, displaced)).encode()
        store = folder / f"{file.stem}_{hashlib.sha256(made_with).hexdigest()[:12]}"
        if not store.with_suffix(".npz").exists():
            report(f"simulating {row.person}")
            subject = Subject(load(file, row))
            rng = np.random.default_rng((seed, *row.person.encode()))
            under = draw_displacement(rng, subject, config) if displaced else np.eye(4)
            _make(store, subject, grid, config, count, rng, under)
        with np.load(store.with_suffix(".npz")) as stored:
            scores.append(stored["scores_mm"])
        volumes += [np.load(_volume_file(store, n), mmap_mode="r") for n in range(count + 1)]
        persons += [row.person] * (count + 1)
        sites += [row.site] * (count + 1)
        scans += [file.stem] * (count + 1)
    return FixedSet(volumes, np.concatenate(scores), persons, sites, scans)


def whole_volumes(
    config: PretrainConfig,
    rows: Sequence[Row],
    folder: Path,
    report: Callable[[str], None] = print,
) -> FixedSet:
    """Return whole volumes of training subjects, about as many from every site.

    The last layer is fitted on them, and so is the floor.
    """
    sites = [row.site for row in rows]
    return fixed_set(
        prepare(rows, folder / "prepared", config.grid, report),
        rows,
        folder / "whole",
        config.grid,
        config.samples,
        draws={s: max(2, round(config.whole_volumes / sites.count(s))) for s in set(sites)},
        seed=config.seed,
        displaced=True,
        report=report,
    )


def _make(
    store: Path,
    subject: Subject,
    grid: Grid,
    config: SampleConfig,
    draws: int,
    rng: Generator,
    displacement: NDArray[np.float64],
) -> None:
    """Write a scan's volumes, and last of all, as a sign that they are complete, its scores."""
    wanted = (np.arange(draws) + rng.uniform(size=draws)) * _LARGEST_MM / draws
    scores = []
    for number, score in enumerate([0.0, *wanted]):
        look = draw_scan_look(rng, subject.scan, config, 0.0)
        along = int(rng.integers(3))
        trajectory, label = draw_motion(
            rng, subject, config.motion, float(score), AXES[along], displacement
        )
        (moved,) = subject.moved(trajectory, [_WHOLE], along)
        image = shown(look, rng, moved, subject, trajectory, _WHOLE)
        np.save(_volume_file(store, number), _on_grid(image, subject, grid).astype(np.float16))
        scores.append(label)
    save_arrays(store.with_suffix(".npz"), {"scores_mm": np.array(scores)})


def _on_grid(image: NDArray[np.float32], subject: Subject, grid: Grid) -> NDArray[np.float32]:
    scan = subject.scan
    if image.shape == grid and np.allclose(scan.affine[:3, :3], np.eye(3)):
        return image
    return conform(Scan(image, scan.affine, scan.row.person, "simulated"), grid=grid).data


def _volume_file(store: Path, number: int) -> Path:
    return store.with_name(f"{store.name}_{number:02d}.npy")
