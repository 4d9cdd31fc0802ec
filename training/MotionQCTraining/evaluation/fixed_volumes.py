"""Volumes of evaluations on disk, the same for every model of one grid.

A set belongs to one scan and one evaluation. Its volumes lie on the model's grid as half floats,
one file each; a list of what is known of each is written last, as a sign that the set is complete.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.models.metadata import ScoreLabel
from MotionQCTraining.data.arrays import save_array

Volume = NDArray[np.float32]


@dataclass(frozen=True)
class Facts:
    """What is known of a volume.

    Parameters
    ----------
    true_mm : float or None
        Its ``edge`` score; None where nobody knows.
    form : str
        ``whole`` or ``brain``.
    pattern : str
        The kind of motion; ``still`` and ``displaced`` have none.
    axis : str
        The slab axis; empty without motion.
    ordering : str
        The order of acquisition; empty without motion.
    others_mm : dict
        Its other scores by name, for models that learnt one of them; empty without motion.
    """

    true_mm: float | None
    form: str
    pattern: str = "still"
    axis: str = ""
    ordering: str = ""
    others_mm: dict[str, float] = field(default_factory=dict)

    def by(self, label: ScoreLabel) -> Facts:
        """Return the same facts with another score as the true one, for who learnt that."""
        true = self.others_mm.get(label, self.true_mm)
        return replace(self, true_mm=true, others_mm={})


@dataclass(frozen=True)
class FixedVolume:
    """A volume on disk.

    Parameters
    ----------
    file : Path
        Its ``.npy``.
    facts : Facts
        What is known of it.
    """

    file: Path
    facts: Facts

    def load(self) -> Volume:
        """Return the voxels, single precision."""
        return np.load(self.file).astype(np.float32)


def fixed_volumes(
    folder: Path,
    make: Callable[[], Iterable[tuple[Volume, Facts]]],
    on_volume: Callable[[], None] = lambda: None,
) -> list[FixedVolume]:
    """Return the volumes of a set, made now unless they are there.

    Parameters
    ----------
    folder : Path
        Of this set alone.
    make : callable
        Gives the volumes one by one, always the same ones.
    on_volume : callable
        Called after every volume made; what it raises ends the making, which begins anew later.
    """
    listing = folder / "volumes.json"
    if not listing.exists():
        known = [asdict(facts) for facts in _written(folder, make(), on_volume)]
        write_atomically(listing, json.dumps(known, indent=1))
    known = json.loads(listing.read_text("utf-8"))
    return [FixedVolume(_file(folder, n), Facts(**facts)) for n, facts in enumerate(known)]


def _written(
    folder: Path, volumes: Iterable[tuple[Volume, Facts]], on_volume: Callable[[], None]
) -> Iterator[Facts]:
    for number, (volume, facts) in enumerate(volumes):
        save_array(_file(folder, number), volume.astype(np.float16))
        on_volume()
        yield facts


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:02d}.npy"
