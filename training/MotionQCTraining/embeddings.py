"""Maps of a frozen encoder, kept on disk, so that a head is fitted without reading scans again.

Every scan is read, conformed and normalised as scoring does it, and the map is what the encoder
makes of it in evaluation mode: by OpenVINO on a CPU, by torch on a GPU. A map is one ``.npy`` file,
named by the scan's checksum in a folder named by the model's; no file or folder tells whose it is.
An interrupted run goes on where it stopped, and a changed scan or model is computed anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MotionQCLib import __version__
from MotionQCLib.checksum import file_sha256
from MotionQCLib.models import ModelBundle, normalise
from MotionQCLib.models.architecture import SFCN_LAYERS
from MotionQCLib.scan import Scan, conform, read_scan
from MotionQCLib.scoring.provenance import scan_checksum
from MotionQCLib.scoring.runtimes import Encoder, open_encoder
from MotionQCTraining.data.arrays import kept_array, save_array
from MotionQCTraining.data.manifest import Row, for_every_scan

Map = NDArray[np.float32]
_FORMAT = 1


@dataclass(frozen=True)
class Embedded:
    """Maps of scans, in the order of their rows.

    Parameters
    ----------
    maps : list of (C, i, j, k) float32 arrays
        Mapped from disk, not read.
    sums : list of str
        SHA-256 of every scan, by the rule that reports of scores follow.
    """

    maps: list[Map]
    sums: list[str]


def embed(
    rows: Sequence[Row],
    bundle: ModelBundle,
    folder: str | Path,
    *,
    layers: int = len(SFCN_LAYERS),
    report: Callable[[str], None] = lambda _: None,
) -> Embedded:
    """Return the maps of scans, computing those that are not kept yet.

    Parameters
    ----------
    rows : sequence of Row
        The scans.
    bundle : ModelBundle
        The model, as read from its file.
    folder : path
        Where maps are kept; of several models, if need be.
    layers : int
        How many of the encoder's layers; by default all.
    report : callable
        Told of every scan whose map is computed, and of every one at fault.

    Raises
    ------
    InputError
        ``unreadable-scans``; all others are embedded.
    """
    cache = _Cache(bundle, Path(folder), layers)
    done = 0

    def embedded(row: Row) -> tuple[Map, str]:
        nonlocal done
        done += 1
        return cache.get(Path(row.path), lambda: report(f"reading scan {done} of {len(rows)}"))

    found = for_every_scan(rows, embedded, report)
    return Embedded([features for features, _ in found], [checksum for _, checksum in found])


class _Cache:
    """The kept maps of one model's first layers."""

    def __init__(self, bundle: ModelBundle, folder: Path, layers: int) -> None:
        if not bundle.metadata.sha256:
            raise ValueError("bundle has no checksum; read it from its file with load_bundle.")
        self._bundle, self._layers = bundle, layers
        model = bundle.metadata.sha256[:16]
        self._folder = folder / f"{model}-{SFCN_LAYERS[layers - 1]}-{__version__}-{_FORMAT}"
        self._folder.mkdir(parents=True, exist_ok=True)

    @cached_property
    def _encoder(self) -> Encoder:
        return open_encoder(self._bundle, self._layers)

    def get(self, path: Path, on_work: Callable[[], None]) -> tuple[Map, str]:
        """Return a scan's map and checksum."""
        # Maps are kept under the checksum of a file only where that file is the whole scan: then
        # the scan need not be read to find its map.
        if path.is_file() and (kept := self._kept(checksum := file_sha256(path))) is not None:
            return kept, checksum
        scan = read_scan(path)
        checksum = scan_checksum(scan, path).sha256
        if (kept := self._kept(checksum)) is None:
            on_work()
            save_array(self._file(checksum), self._compute(scan))
            kept = self._kept(checksum)
            assert kept is not None
        return kept, checksum

    def _kept(self, checksum: str) -> Map | None:
        return kept_array(self._file(checksum), mapped=True)

    def _file(self, checksum: str) -> Path:
        return self._folder / f"{checksum}.npy"

    def _compute(self, scan: Scan) -> Map:
        metadata = self._bundle.metadata
        conformed = conform(scan, metadata.architecture.grid, metadata.spacing_mm)
        return self._encoder.encode(normalise(conformed.data, metadata.normalisation))
