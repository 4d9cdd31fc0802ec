"""Draws of a published synthesis as a data set: made when asked for, or kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from MotionQCTraining.data.arrays import is_whole, map_arrays, save_arrays
from MotionQCTraining.data.framed import FramedHead, load_framed

Sample = tuple[NDArray[np.float32], np.float32]
_FORMAT = 1
_TOLD_EVERY = 100


class Synthesis(Protocol):
    """A frozen record that draws samples; its ``repr`` says all that they depend on."""

    def draw(
        self, head: FramedHead, rng: Generator, number: int
    ) -> tuple[NDArray[np.float32], float]:
        """Return a sample and its label."""


class Draws(Dataset[Sample]):
    """Samples ``(1, I, J, K)`` with their labels.

    Parameters
    ----------
    files : sequence of Path
        Framed scans.
    items : sequence of (int, int)
        Of every sample: which of the scans, and which draw of it. Each pair has a seed of its own,
        whatever else is drawn.
    synthesis : Synthesis
        How to draw.
    seed : int
        Seed of all.
    folder : Path or None
        Where samples are kept once made; None makes them anew every time.
    """

    def __init__(
        self,
        files: Sequence[Path],
        items: Sequence[tuple[int, int]],
        synthesis: Synthesis,
        seed: int,
        folder: Path | None = None,
    ) -> None:
        self.files, self.items, self.synthesis, self.seed = files, items, synthesis, seed
        made_with = hashlib.sha256(f"{_FORMAT}:{synthesis!r}:{seed}".encode()).hexdigest()[:12]
        self.folder = None if folder is None else folder / made_with

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Sample:
        which, number = self.items[index]
        kept = self.kept(index)
        if kept is None:
            return self._made(self.files[which], number)
        if not kept.exists():
            image, label = self._made(self.files[which], number)
            save_arrays(kept, {"image": image.astype(np.float16), "label": np.array(label)})
        stored = map_arrays(kept)
        return stored["image"].astype(np.float32), np.float32(stored["label"])

    def kept(self, index: int) -> Path | None:
        """Where a sample is kept, whether it has been made or not."""
        which, number = self.items[index]
        return self.folder and self.folder / f"{self.files[which].stem}_{number:04d}.npz"

    def _made(self, file: Path, number: int) -> Sample:
        rng = np.random.default_rng((self.seed, *file.stem.encode(), number))
        image, label = self.synthesis.draw(load_framed(file), rng, number)
        return image[np.newaxis], np.float32(label)


def pregenerate(
    draws: Draws, workers: int = 0, report: Callable[[str], None] = lambda _: None
) -> None:
    """Make every sample that is not kept yet, and those again whose files are damaged.

    Parameters
    ----------
    draws : Draws
        With a folder.
    workers : int
        Processes that draw; 0 draws in this one.
    report : callable
        Told of progress.

    Raises
    ------
    ValueError
        The draws have no folder.
    """
    if draws.folder is None:
        raise ValueError("draws has no folder; give one to keep samples in")
    missing = []
    for index, item in enumerate(draws.items):
        kept = draws.kept(index)
        assert kept is not None
        if kept.exists() and not is_whole(kept):
            kept.unlink()
        if not kept.exists():
            missing.append(item)
    rest = Draws(draws.files, missing, draws.synthesis, draws.seed, draws.folder.parent)
    loader = DataLoader(
        rest,
        batch_size=None,
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
    )
    for number, _ in enumerate(loader, start=1):
        if number % _TOLD_EVERY == 0 or number == len(missing):
            report(f"drawn {number} of {len(missing)} samples")
