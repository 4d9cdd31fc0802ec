"""The scans of a manifest made ready for moving, kept on disk so that an epoch reads no scan twice.

A prepared scan lies on the network's grid (for training) or on its own (for tests that begin where
a user's scan begins). It is one ``.npz``: the image on the conformed intensity scale, signed
distances to the brain's and the head's surface (positive outside, tenths of a mm, clipped), the
share of gradient energy of every slab along each axis, the brain's centre, and the checksum of the
scan. Files are named by the content they were made from, so a changed scan or grid is prepared anew
and an interrupted preparation goes on where it stopped. Every file is checked before a run uses it,
and made again where it does not agree with its checksums. A packed scan (``packed.py``) is one of
the forms that a scan comes in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.checksum import file_sha256
from MotionQCLib.errors import InputError
from MotionQCLib.motion import gradient_energy
from MotionQCLib.resampling.threads import thread_count
from MotionQCLib.scan import Scan, conform, read_scan
from MotionQCLib.scan.conform import CEILING
from MotionQCLib.scan.head import background_floor
from MotionQCLib.scoring.provenance import scan_checksum
from MotionQCTraining.data.arrays import is_whole, map_arrays, save_arrays
from MotionQCTraining.data.distances import TENTHS, signed_distance
from MotionQCTraining.data.manifest import Row, for_every_scan
from MotionQCTraining.data.packed import is_packed, unpack
from MotionQCTraining.running.tally import Tally

Grid = tuple[int, int, int]
_FORMAT = 5
_UNPACKED_AT_ONCE = 8


@dataclass(frozen=True)
class PreparedScan:
    """A scan ready to be moved.

    Parameters
    ----------
    image : (I, J, K) float32 array
        Intensities on the conformed scale.
    affine : (4, 4) array
        Voxel indices to RAS mm.
    brain_distance, head_distance : (I, J, K) float32 arrays
        Signed distance to the surface, mm, positive outside, within +-12.
    energy : dict
        Gradient-energy share ``(n,)`` by slab axis ("LR", "AP", "SI").
    center : (3,) array
        The brain's centre, RAS mm.
    brain_only : bool
        True where the source extracted the brain: there is no head around it.
    has_brain_mask : bool
        False where ``brain_distance`` is that of the head, for want of a mask.
    row : Row
        Where it came from.
    """

    image: NDArray[np.float32]
    affine: NDArray[np.float64]
    brain_distance: NDArray[np.float32]
    head_distance: NDArray[np.float32]
    energy: dict[str, NDArray[np.float64]]
    center: NDArray[np.float64]
    brain_only: bool
    has_brain_mask: bool
    row: Row


def prepare(
    rows: Sequence[Row],
    folder: str | Path,
    grid: Grid | None,
    report: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Prepare every scan that is not prepared yet; return the files in the rows' order.

    Parameters
    ----------
    rows : sequence of Row
        Scans to prepare.
    folder : path
        Where the prepared scans are kept.
    grid : tuple or None
        The network's grid, at 1 mm; None keeps each scan's own.
    report : callable
        Told of every scan that takes time, with the time left, and of every one that cannot be
        read.

    Raises
    ------
    InputError
        ``unreadable-scans``; all others are prepared.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally(len(rows), report)

    def prepared(row: Row) -> Path:
        tally.next()
        file = folder / f"{_file_name(row)}_{_fingerprint(row, grid)}.npz"
        if not file.exists():
            tally.tell(f"preparing {row.person}")
        elif not is_whole(file):
            tally.tell(f"preparing {row.person} again: {file.name} is damaged")
        else:
            return file
        save_arrays(file, _prepare(row, grid))
        return file

    if not any(is_packed(row.path) for row in rows):
        return for_every_scan(rows, prepared, report)
    # What unpacking takes time for runs beside Python; reading images does not.
    pool = ThreadPoolExecutor(min(_UNPACKED_AT_ONCE, thread_count()))
    try:
        made = [pool.submit(prepared, row) for row in rows]
        turn = iter(made)
        return for_every_scan(rows, lambda _: next(turn).result(), report)
    finally:
        pool.shutdown(cancel_futures=True)


def load(file: str | Path, row: Row) -> PreparedScan:
    """Return a prepared scan: single-precision copies of the mapped file."""
    stored = map_arrays(Path(file))
    return PreparedScan(
        image=stored["image"].astype(np.float32),
        affine=stored["affine"],
        brain_distance=stored["brain_distance"] / np.float32(TENTHS),
        head_distance=stored["head_distance"] / np.float32(TENTHS),
        energy={axis: stored[f"energy_{axis}"] for axis in ("LR", "AP", "SI")},
        center=stored["center"],
        brain_only=bool(stored["brain_only"]),
        has_brain_mask=bool(stored["has_brain_mask"]),
        row=row,
    )


def content_of(file: Path) -> str:
    """Return by what a prepared scan is known again: the same for the same scan and mask."""
    return file.stem.rpartition("_")[2]


def checksum_of(file: Path) -> str:
    """Return the SHA-256 of the scan that a prepared one was made from, as reports have it."""
    return str(map_arrays(file)["sha256"])


def _prepare(row: Row, grid: Grid | None) -> dict[str, NDArray[Any]]:
    if is_packed(row.path):
        return unpack(Path(row.path), grid)
    scan = read_scan(row.path)
    conformed = conform(scan) if grid is None else conform(scan, grid=grid)
    image, affine = conformed.data, conformed.affine
    if grid is None:
        image, affine = _on_conformed_scale(scan, conformed.scale), scan.affine
    brain_only = conformed.head.skull < 0.5
    if brain_only:
        # The source's own mask: what it left at zero is not brain.
        head = brain = ndimage.binary_fill_holes(_largest_part(image > 0))
    else:
        head = _on_grid(conformed.head.mask, conformed.head.mask_affine, affine, image.shape)
        mask = read_scan(row.mask) if row.mask else None
        brain = head if mask is None else _on_grid(mask.data, mask.affine, affine, image.shape)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    center = np.asarray(conformed.head.brain_center_mm, float)
    stored: dict[str, NDArray[Any]] = {
        "image": image.astype(np.float16),
        "affine": affine,
        "brain_distance": signed_distance(brain, spacing),
        "head_distance": signed_distance(head, spacing),
        "center": center,
        "brain_only": np.array(brain_only),
        "has_brain_mask": np.array(brain_only or bool(row.mask)),
        "sha256": np.array(scan_checksum(scan, Path(row.path)).sha256),
    }
    for axis in ("LR", "AP", "SI"):
        stored[f"energy_{axis}"] = gradient_energy(image, affine, axis, center)
    return stored


def _on_conformed_scale(scan: Scan, scale: float) -> NDArray[np.float32]:
    """A scan's own voxels with the intensities that ``conform`` gives them."""
    raised = np.asarray(scan.data, np.float32)
    floor = background_floor(scan.data)
    if floor < 0:
        raised = raised - np.float32(floor)
    return np.clip(raised / scale, 0.0, CEILING)


def _largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask without the specks that extraction left around the brain."""
    parts, count = ndimage.label(ndimage.binary_opening(mask))
    sizes = np.bincount(parts.ravel())[1:]
    return parts == sizes.argmax() + 1 if count else mask


def _on_grid(
    mask: NDArray[np.generic],
    from_affine: NDArray[np.float64],
    affine: NDArray[np.float64],
    shape: tuple[int, ...],
) -> NDArray[np.bool_]:
    pull = np.linalg.inv(from_affine) @ affine
    smooth = ndimage.affine_transform(
        (mask != 0).astype(np.float32), pull[:3, :3], pull[:3, 3], output_shape=shape, order=1
    )
    return smooth > 0.5


def _file_name(row: Row) -> str:
    """Site and subject; what file systems might not take in a name becomes a dash."""
    return re.sub(r"[^\w.-]+", "-", f"{row.site}_{row.subject}")


def _fingerprint(row: Row, grid: Grid | None) -> str:
    digest = hashlib.sha256(f"{_FORMAT}:{grid}".encode())
    for path in (row.path, row.mask):
        if path:
            digest.update(_content(Path(path)))
    return digest.hexdigest()[:12]


def _content(path: Path) -> bytes:
    """The bytes of a file; of a folder, those of its files' checksums, whatever their names."""
    try:
        if path.is_dir():
            return "".join(sorted(file_sha256(f) for f in path.rglob("*") if f.is_file())).encode()
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "not-readable",
            f"{path.name}: cannot be read ({error.strerror or 'input/output error'}); "
            "check the path and its permissions",
        ) from error
