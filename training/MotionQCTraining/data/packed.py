"""Prepared scans that travel: a tenth of their size, for a machine without the originals.

A packed scan is one file. Its intensities are rounded to 1/64 of the conformed scale, on which
white matter is near 1: an error of 1/128 at most and of 0.005 in the root mean square, which is
that of the noise in a good scan. What is left is divided into coarse and fine bands (the reversible
5/3 wavelet of Le Gall and Tabatabai 1988, that of JPEG 2000) and compressed without loss. Distances
to surfaces are left out and computed anew from the masks that they came from, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.errors import InputError
from MotionQCTraining.data.arrays import (
    is_whole,
    map_arrays,
    read_arrays,
    save_compressed_arrays,
)
from MotionQCTraining.data.distances import signed_distance
from MotionQCTraining.data.manifest import Row, write_manifest
from MotionQCTraining.running.tally import Tally

STEP = 1 / 64
"""To what intensities are rounded."""
MANIFEST = "scans.tsv"
_SUFFIX = ".packed.npz"
_HELD_OUT = f"held-out{_SUFFIX}"
_HALVINGS = 3
_SURFACES = ("brain", "head")

Levels = NDArray[np.int16]


def is_packed(path: str | Path) -> bool:
    """Whether a path names a packed scan."""
    return Path(path).name.endswith(_SUFFIX)


def pack_scans(
    files: Mapping[Row, Path],
    rows: Sequence[Row],
    folder: Path,
    report: Callable[[str], None] = lambda _: None,
) -> Path:
    """Pack prepared scans into a folder, and return its manifest.

    Parameters
    ----------
    files : mapping
        Prepared scans on the grid of a network, by row.
    rows : sequence of Row
        All scans. Those without a file are in the manifest by name alone, so that subjects are
        divided there as they are here; what is held out does not travel.
    folder : Path
        Where to. A scan that lies there already is left as it is.
    report : callable
        Told of every scan that takes time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held_out = folder / _HELD_OUT
    save_compressed_arrays(held_out, {})
    tally, listed = Tally(len(files), report), []
    for row in rows:
        packed = folder / f"{files[row].stem}{_SUFFIX}" if row in files else held_out
        if row in files:
            tally.next()
            if not is_whole(packed):
                tally.tell(f"packing {row.person}")
                save_compressed_arrays(packed, _packed(map_arrays(files[row])))
        path = str(packed.resolve())
        listed.append(Row(path, row.subject, row.site, row.rating))
    write_manifest(listed, folder / MANIFEST)
    return folder / MANIFEST


def unpack(file: Path, grid: tuple[int, int, int] | None) -> dict[str, NDArray[Any]]:
    """Return the arrays of a prepared scan.

    Parameters
    ----------
    file : Path
        As ``pack_scans`` wrote it.
    grid : tuple or None
        The grid on which the scan is wanted.

    Raises
    ------
    InputError
        ``packed``: the file is damaged, was packed on another grid, or holds nothing because its
        scan was held out.
    """
    if not is_whole(file):
        raise InputError("packed", f"{file.name}: is damaged; copy it again")
    arrays = read_arrays(file)
    if not arrays:
        raise InputError(
            "packed",
            "was held out when the other scans were packed, so it did not travel; pack again with "
            "the seed and the shares of this configuration",
        )
    i, j, k = shape = tuple(arrays.pop("shape").tolist())
    if shape != grid:
        raise InputError(
            "packed", f"{file.name}: was packed on grid {shape}, not {grid}; set grid, or pack anew"
        )
    spacing = np.linalg.norm(arrays["affine"][:3, :3], axis=0)
    levels = _joined(_bands_of(arrays.pop("low"), arrays.pop("high"), (i, j, k)))
    known: dict[bytes, NDArray[np.int8]] = {}
    for name in _SURFACES:
        bits = arrays.pop(name)
        if bits.tobytes() not in known:  # an extracted brain is its own head
            mask = np.unpackbits(bits, count=i * j * k).astype(bool).reshape(shape)
            known[bits.tobytes()] = signed_distance(mask, spacing)
        arrays[f"{name}_distance"] = known[bits.tobytes()]
    # 1/64 and its multiples up to 1.5 are exact in half precision.
    return {"image": (levels * STEP).astype(np.float16), **arrays}


def _packed(stored: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    large = {"image", *(f"{name}_distance" for name in _SURFACES)}
    levels = np.round(stored["image"].astype(np.float32) / STEP).astype(np.int16)
    coded = np.concatenate([band.ravel() for band in _split(levels)])
    # Signs go to the lowest bit, so that the upper byte is 0 almost everywhere.
    unsigned = ((coded << 1) ^ (coded >> 15)).astype(np.uint16)
    return {
        **{name: array for name, array in stored.items() if name not in large},
        "shape": np.array(levels.shape),
        "low": (unsigned & 0xFF).astype(np.uint8),
        "high": (unsigned >> 8).astype(np.uint8),
        **{name: np.packbits(stored[f"{name}_distance"] < 0) for name in _SURFACES},
    }


def _bands_of(
    low: NDArray[np.uint8], high: NDArray[np.uint8], shape: tuple[int, int, int]
) -> list[Levels]:
    """Return the bands, from the finest to the coarsest, that ``_split`` gave."""
    unsigned = low.astype(np.int32) | high.astype(np.int32) << 8
    coded = ((unsigned >> 1) ^ -(unsigned & 1)).astype(np.int16)
    bands, begin = [], 0
    for halving in range(1, _HALVINGS + 1):
        side = [n >> halving for n in shape]
        for _ in range(8 if halving == _HALVINGS else 7):
            end = begin + int(np.prod(side))
            bands.append(coded[begin:end].reshape(side))
            begin = end
    return bands


def _split(levels: Levels) -> list[Levels]:
    """Divide a volume into bands, seven of each halving, and at last what is coarsest."""
    if any(n % (1 << _HALVINGS) for n in levels.shape):
        raise ValueError(f"levels has shape {levels.shape}; give sides that are multiples of 8")
    bands: list[Levels] = []
    for _ in range(_HALVINGS):
        octants = [levels]
        for axis in range(3):
            octants = [half for octant in octants for half in _lifted(octant, axis)]
        levels, *fine = octants
        bands += fine
    return [*bands, levels]


def _joined(bands: Sequence[Levels]) -> Levels:
    levels = bands[-1]
    for halving in reversed(range(_HALVINGS)):
        octants = [levels, *bands[7 * halving : 7 * halving + 7]]
        for axis in reversed(range(3)):
            pairs = zip(octants[::2], octants[1::2], strict=True)
            octants = [_lowered(even, odd, axis) for even, odd in pairs]
        (levels,) = octants
    return levels


def _lifted(volume: Levels, axis: int) -> tuple[Levels, Levels]:
    """Even planes, smoothed, and what odd planes are beyond the mean of their neighbours."""
    planes = np.moveaxis(volume, axis, 0)
    even, odd = planes[0::2], planes[1::2]
    fine = odd - (even + _after(even) >> 1)
    coarse = even + (_before(fine) + fine + 2 >> 2)
    return np.moveaxis(coarse, 0, axis), np.moveaxis(fine, 0, axis)


def _lowered(coarse: Levels, fine: Levels, axis: int) -> Levels:
    coarse, fine = np.moveaxis(coarse, axis, 0), np.moveaxis(fine, axis, 0)
    planes = np.empty((2 * len(coarse), *coarse.shape[1:]), np.int16)
    planes[0::2] = coarse - (_before(fine) + fine + 2 >> 2)
    planes[1::2] = fine + (planes[0::2] + _after(planes[0::2]) >> 1)
    return np.moveaxis(planes, 0, axis)


def _after(planes: Levels) -> Levels:
    return np.concatenate([planes[1:], planes[-1:]])


def _before(planes: Levels) -> Levels:
    return np.concatenate([planes[:1], planes[:-1]])
