"""What every reader must make sure of before a scan leaves it.

Readers ask :func:`require_volume` before they allocate anything, with the dimensions that a
header claims and the bytes that the file has, and pass the result through :func:`make_scan`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .scan import Scan
from .score_warning import ScoreWarning

MAX_VOXELS = 2**28
"""No head scan is larger (one of 0.35 mm has 2e8); as float32 this is 1 GiB."""

_SHEAR_COSINE = 0.01
_SINGULAR = 1e-6
_EXTENT_MM = (40.0, 2000.0)


def require_volume(
    shape: Sequence[int], itemsize: int, available: int, source: str
) -> tuple[int, int, int]:
    """Accept the dimensions of a header, or say what is wrong with them.

    Parameters
    ----------
    shape : sequence of int
        Array dimensions as the header has them; trailing ones are frames.
    itemsize : int
        Bytes a voxel.
    available : int
        The most bytes that the file can hold, unpacked.
    source : str
        Name of the file in messages.

    Returns
    -------
    tuple of 3 ints
        The shape of the one volume.

    Raises
    ------
    InputError
        ``empty``, ``not-3d``, ``several-frames``, ``too-large`` or ``truncated``.
    """
    sizes = [int(size) for size in shape]
    if not sizes or any(size <= 0 for size in sizes):
        raise InputError(
            "empty", f"{source}: a dimension is zero or negative ({sizes}); export it again."
        )
    while len(sizes) > 3 and sizes[-1] == 1:
        sizes.pop()
    if len(sizes) > 3:
        frames = int(np.prod(sizes[3:], dtype=object))
        raise InputError(
            "several-frames",
            f"{source}: holds {frames} volumes; extract the one to be scored into its own file.",
        )
    if len(sizes) < 3 or min(sizes) < 2:
        raise InputError(
            "not-3d", f"{source}: is not a 3-D volume (shape {sizes}); give the whole 3-D scan."
        )
    voxels = sizes[0] * sizes[1] * sizes[2]
    if voxels * itemsize > available:
        raise InputError(
            "truncated",
            f"{source}: its header claims {'x'.join(map(str, sizes))} voxels, more than the file "
            "holds; the file is cut off or its header damaged: copy or export it again.",
        )
    if voxels > MAX_VOXELS:
        raise InputError(
            "too-large",
            f"{source}: {'x'.join(map(str, sizes))} voxels are more than a head scan has; "
            "resample it to about 1 mm first.",
        )
    return sizes[0], sizes[1], sizes[2]


def make_scan(
    data: NDArray[np.generic],
    affine: NDArray[np.float64],
    *,
    source: str,
    format: str,
    notes: Sequence[str] = (),
    warnings: Sequence[ScoreWarning] = (),
    whole_file: bool = False,
) -> Scan:
    """Check voxels and affine and build the :class:`Scan`, whose fields the arguments are.

    Raises
    ------
    InputError
        ``not-scalar``, ``not-finite``, ``constant``, or what :func:`require_affine` raises.
    """
    affine = np.asarray(affine, dtype=np.float64)
    require_affine(affine, data.shape, source)
    return Scan(
        _checked_voxels(data, source),
        affine,
        source,
        format,
        tuple(notes),
        tuple(warnings),
        whole_file,
    )


def require_affine(affine: NDArray[np.float64], shape: Sequence[int], source: str) -> None:
    """Raise unless the affine places voxels by rotation, flips and positive spacing only.

    Raises
    ------
    InputError
        ``singular-affine``, ``zero-spacing``, ``sheared-affine`` or ``implausible-size``.
    """
    remedy = "correct the header or convert the scan from DICOM again"
    if not np.all(np.isfinite(affine)):
        raise InputError("singular-affine", f"{source}: its affine is not finite; {remedy}.")
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if np.any(spacing <= 0):
        raise InputError("zero-spacing", f"{source}: a voxel size is zero; {remedy}.")
    direction = affine[:3, :3] / spacing
    if abs(np.linalg.det(direction)) < _SINGULAR:
        raise InputError("singular-affine", f"{source}: its affine is not invertible; {remedy}.")
    cosine = float(np.abs(direction.T @ direction - np.eye(3)).max())
    if cosine > _SHEAR_COSINE:
        angle = float(np.degrees(np.arcsin(min(cosine, 1.0))))
        raise InputError(
            "sheared-affine",
            f"{source}: its axes are {angle:.1f} degrees away from right angles (affine with "
            "shear, as an affine registration leaves it); give the scan in its own space.",
        )
    extent = spacing * np.asarray(shape[:3])
    if extent.max() < _EXTENT_MM[0] or extent.max() > _EXTENT_MM[1]:
        raise InputError(
            "implausible-size",
            f"{source}: {' x '.join(f'{size:.4g}' for size in extent)} mm cannot hold a head; "
            "check the voxel sizes and their unit.",
        )


def _checked_voxels(data: NDArray[np.generic], source: str) -> NDArray[np.generic]:
    """Real, finite, not constant, in native byte order; wide floats become float32."""
    if data.dtype.kind not in "biuf":
        raise InputError(
            "not-scalar",
            f"{source}: its voxels are colours, complex or several values each; "
            "give the magnitude image with one value a voxel.",
        )
    low, high = data.min(), data.max()
    if data.dtype.kind == "f" and not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(
            "not-finite", f"{source}: holds NaN or infinite voxels; replace them and save it again."
        )
    if low == high:
        raise InputError(
            "constant", f"{source}: every voxel has the value {low}; it is not a scan."
        )
    return _native(data, source)


def _native(data: NDArray[np.generic], source: str) -> NDArray[np.generic]:
    """Keep integers up to 32 bits and float32, turn all other types into float32."""
    if data.dtype.kind in "iu" and data.dtype.itemsize <= 4:
        return data.astype(data.dtype.newbyteorder("="), copy=False)
    with np.errstate(over="ignore"):
        narrow = data.astype(np.float32, copy=False)
    if not (np.isfinite(narrow.min()) and np.isfinite(narrow.max())):
        raise InputError(
            "not-finite", f"{source}: its values overflow 32-bit floats; rescale and save it again."
        )
    return narrow
