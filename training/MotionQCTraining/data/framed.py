"""Scans on the frame that a published system begins with, before motion and before any crop.

A framed scan is one ``.npz``: intensities as half floats, axes right, anterior, superior, and the
brain's centre. Files are named by the content they were made from, so an interrupted preparation
goes on where it stopped, and a damaged file is made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from MotionQCLib.checksum import file_sha256
from MotionQCLib.errors import InputError
from MotionQCLib.scan import Scan, conform, read_scan
from MotionQCLib.scan.head import brain_center
from MotionQCLib.scan.t1_linear import T1_LINEAR_GRID, t1_linear
from MotionQCTraining.data.arrays import is_whole, map_arrays, save_arrays
from MotionQCTraining.data.manifest import Row, for_every_scan
from MotionQCTraining.data.volumes import Grid
from MotionQCTraining.limits import POSITIVE, require, sides

_FORMAT = 1
_SPACING_TOLERANCE = 0.02


@dataclass(frozen=True)
class Framing:
    """How scans get on to a system's frame.

    Parameters
    ----------
    by : str
        ``conform``: one interpolation to a box about the brain's centre. ``t1-linear``: the
        published preparation, N4 and affine registration, on its own grid of 169 x 208 x 179 at
        1 mm; it takes a ``template``. ``as-is``: scans that have been prepared already, by Clinica
        for example; they are turned to RAS and cropped or padded about their middle.
    frame : tuple
        Voxels along right, anterior, superior.
    spacing_mm : float
        Voxel size.
    template : str
        Of ``t1-linear``: an MNI152 T1 image.
    """

    by: Literal["conform", "t1-linear", "as-is"] = "conform"
    frame: Grid = (193, 229, 193)
    spacing_mm: float = 1.0
    template: str = ""

    def __post_init__(self) -> None:
        require(self, {"frame": sides(1, "as voxels are counted"), "spacing_mm": POSITIVE})
        if self.by != "t1-linear":
            return
        if not self.template:
            raise ValueError("template is empty; t1-linear takes an MNI152 T1 image")
        if self.frame != T1_LINEAR_GRID or self.spacing_mm != 1.0:
            raise ValueError(
                f"frame is {self.frame} at {self.spacing_mm} mm; give {T1_LINEAR_GRID} at 1 mm, "
                "the grid of t1-linear"
            )


@dataclass(frozen=True)
class FramedHead:
    """A scan on a system's frame.

    Parameters
    ----------
    image : (I, J, K) float32 array
        Intensities, not normalised; axes right, anterior, superior.
    spacing_mm : float
        Voxel size.
    center : (3,) array
        The brain's centre, in voxel indices.
    key : str
        By what the scan is known again: the same for the same scan and framing.
    """

    image: NDArray[np.float32]
    spacing_mm: float
    center: NDArray[np.float64]
    key: str


def frame_scans(
    rows: Sequence[Row],
    folder: str | Path,
    framing: Framing,
    report: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Bring every scan to the frame that is not there yet; return the files in the rows' order.

    Parameters
    ----------
    rows : sequence of Row
        Scans.
    folder : path
        Where framed scans are kept.
    framing : Framing
        How.
    report : callable
        Told of every scan that takes time, and of every one that cannot be used.

    Raises
    ------
    InputError
        ``unreadable-scans``; all others are framed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    def framed(row: Row) -> Path:
        file = folder / f"{_key(row, framing)}.npz"
        if not file.exists() or not is_whole(file):
            report(f"preparing {row.person}")
            save_arrays(file, _framed(row, framing))
        return file

    return for_every_scan(rows, framed, report)


def load_framed(file: Path) -> FramedHead:
    """Return a framed scan, its image a single-precision copy of the mapped file."""
    stored = map_arrays(file)
    image = stored["image"].astype(np.float32)
    return FramedHead(image, float(stored["spacing_mm"]), stored["center"], file.stem)


def center_crop(volume: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    """Return the middle of a volume, padded with its minimum where the grid is larger."""
    grown = [max(0, side - n) for side, n in zip(grid, volume.shape, strict=True)]
    if any(grown):
        pads = [(more // 2, more - more // 2) for more in grown]
        volume = np.pad(volume, pads, constant_values=volume.min())
    first = [(n - side) // 2 for n, side in zip(volume.shape, grid, strict=True)]
    box = tuple(slice(begin, begin + side) for begin, side in zip(first, grid, strict=True))
    return volume[box]


def _framed(row: Row, framing: Framing) -> dict[str, NDArray[Any]]:
    scan = read_scan(row.path)
    if framing.by == "conform":
        conformed = conform(scan, framing.frame, framing.spacing_mm)
        image, affine = conformed.data, conformed.affine
        center = np.asarray(conformed.head.brain_center_mm, float)
    else:
        whole = scan if framing.by == "as-is" else t1_linear(scan, framing.template)
        image, affine = _middle(whole, framing)
        center = np.asarray(brain_center(image, affine), float)
    # Half floats hold no more than 65504.
    scale = max(1.0, float(np.abs(image).max()) / 1000)
    return {
        "image": (image / scale).astype(np.float16),
        "spacing_mm": np.array(framing.spacing_mm),
        "center": (np.linalg.inv(affine) @ [*center, 1.0])[:3],
    }


def _middle(scan: Scan, framing: Framing) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """A scan's own voxels, turned to RAS, on the frame about their middle."""
    turned = nib.orientations.io_orientation(scan.affine)
    image = nib.orientations.apply_orientation(np.asarray(scan.data, np.float32), turned)
    affine = scan.affine @ nib.orientations.inv_ornt_aff(turned, scan.data.shape)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if np.abs(spacing / framing.spacing_mm - 1).max() > _SPACING_TOLERANCE:
        raise InputError(
            "spacing",
            f"{scan.source}: voxels of {np.round(spacing, 2).tolist()} mm where by: as-is expects "
            f"{framing.spacing_mm} mm; prepare it first, or choose by: conform",
        )
    cropped = center_crop(image, framing.frame)
    moved = [(n - side) // 2 for n, side in zip(image.shape, framing.frame, strict=True)]
    affine[:3, 3] += affine[:3, :3] @ moved
    return cropped, affine


def _key(row: Row, framing: Framing) -> str:
    digest = hashlib.sha256(f"{_FORMAT}:{framing}".encode())
    path = Path(row.path)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.is_file():
            digest.update(file_sha256(file).encode())
    return digest.hexdigest()[:16]
