"""Embeddings and fine-tuning of a head of ratings on a hundred scans, on two threads.

    python Testing/Benchmarks/finetune.py [--rounds N] [--json PATH] [--scans N]

Fine-tuning itself, the cross-validated estimate with it, should take at most 60 s once the maps of
the scans are kept. What comes before is reported: reading, conforming and embedding one scan, the
encoder being the papers' on the papers' grid. Heads are made up and weights random, because neither
changes the cost; of the maps, half of the variance is the class, so that training ends by itself.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import nibabel
import numpy as np
import torch
from network_pass import PAPER_GRID, save_random_model
from targets import THREADS, Figure, conclude, parser
from timing import limit_threads

from MotionQCLib.models import ModelBundle, load_bundle
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.embeddings import embed
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.judging.classes import class_figures
from MotionQCTraining.ratings.cross_validation import calibrated, out_of_fold
from MotionQCTraining.ratings.head_fitting import HeadFitting, reduced
from MotionQCTraining.ratings.rated_scans import rated_scans

AT_MOST_S = 60.0
CLASSES = 3
KINDS = {
    "fine-tuning, averaged features": (FinetuneConfig(), AT_MOST_S),
    "fine-tuning, steps of a scale": (FinetuneConfig(ordinal=True), AT_MOST_S),
    "fine-tuning, whole map": (FinetuneConfig(features="map"), None),
}


def save_head(path: Path, seed: int) -> None:
    """A head-like ellipsoid of folds in air, 1 mm, about the size of a usual scan."""
    rng = np.random.default_rng(seed)
    shape = (176, 224, 192)
    i, j, k = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in shape)]
    radius = np.sqrt((i / 0.85) ** 2 + (j / 0.85) ** 2 + (k / 0.85) ** 2)
    tissue = 700 + 150 * np.sign(np.sin(25 * i) * np.sin(31 * j) * np.sin(27 * k))
    head = np.where(radius < 1, tissue, 0) + rng.uniform(0, 20, shape)
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = -np.array(shape) / 2
    nibabel.save(nibabel.Nifti1Image(head.astype(np.int16), affine), path)


def time_embedding(base: ModelBundle, folder: Path, scans: int) -> tuple[float, float]:
    """Seconds a scan: of computing its map, and of finding it again."""
    rows = []
    for number in range(scans):
        path = folder / f"{number}.nii.gz"
        save_head(path, number)
        rows.append(Row(str(path), str(number), "here"))
    embed(rows[:1], base, folder / "maps")  # opens the encoder's library
    seconds = []
    for _ in range(2):
        start = perf_counter()
        embed(rows[1:], base, folder / "maps")
        seconds.append((perf_counter() - start) / (scans - 1))
    return seconds[0], seconds[1]


def made_up_fitting(base: ModelBundle, config: FinetuneConfig, scans: int) -> HeadFitting:
    """Maps of the papers' grid, two scans a person."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, CLASSES, scans)
    rows = [Row(f"{n}.nii", str(n // 2), "here", str(k)) for n, k in enumerate(labels)]
    means = rng.normal(size=(CLASSES, 64, 1, 1, 1))
    maps = [
        np.maximum(0, (means[k] + rng.normal(size=(64, 1, 1, 1)) + rng.normal(size=(64, 5, 6, 5))))
        for k in labels
    ]
    rated = rated_scans(rows, config)
    head = config.head(rated.classes, scans)
    return HeadFitting(
        head, base, reduced([each.astype(np.float32) for each in maps], head), rated, config
    )


def finetune(fitting: HeadFitting) -> float:
    """Seconds of the cross-validated estimate and of the head of all scans."""
    scans, config = fitting.scans, fitting.config
    start = perf_counter()
    outputs = out_of_fold(fitting, [str(n) for n in range(len(scans))])
    head = calibrated(fitting.head, outputs, scans.labels)
    class_figures(
        scans.labels,
        head.probability(outputs).argmax(axis=-1),
        scans.persons,
        scans.classes,
        level=config.level,
        draws=config.draws,
        seed=config.seed,
    )
    fitting.fit(np.arange(len(scans)), seed=config.seed)
    return perf_counter() - start


def measure(scans: int, rounds: int) -> list[Figure]:
    """Seconds of each kind of head, and of embedding."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_random_model(folder / "random.safetensors", PAPER_GRID)
        base = load_bundle(folder / "random.safetensors")
        fresh, kept = time_embedding(base, folder, 6)
    figures = []
    for title, (config, at_most) in KINDS.items():
        fitting = made_up_fitting(base, config, scans)
        seconds = median([finetune(fitting) for _ in range(rounds)])
        fits = config.folds * config.repeats + 1
        note = f"{fits} heads, {seconds / fits:.2f} s each"
        figures.append(Figure(title, seconds, "s", at_most=at_most, note=note))
    figures.append(Figure("reading and embedding a scan", fresh, "s"))
    figures.append(Figure(f"the same, {scans} scans", fresh * scans, "s"))
    figures.append(Figure("finding a kept map", kept, "s"))
    return figures


def main() -> int:
    """Time, print and judge."""
    options = parser(__doc__, rounds=3)
    options.add_argument("--scans", type=int, default=100)
    arguments = options.parse_args()
    limit_threads()
    title = f"fine-tuning on {arguments.scans} scans, {torch.get_num_threads()} threads"
    assert torch.get_num_threads() == THREADS
    return conclude(title, measure(arguments.scans, arguments.rounds), arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
