"""The same scan in another guise: what must not move its score.

A guise takes a scan with integer voxels and gives it back as another file, scanner or preparation
would have it. Reversed axes are told by the header and change nothing but the order of voxels; from
left to right the head itself is mirrored, which gives a head as well.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from MotionQCLib.motion import pose_matrix
from MotionQCLib.motion.trajectory import Axis, slab_axis
from MotionQCLib.scan import Scan, read_scan
from MotionQCTraining.evaluation.dicom_series import write_series
from MotionQCTraining.evaluation.protocol import Variant

TYPICAL = 1000.0
"""What a bright voxel is stored as, so that a volume of floats looks like a scan."""
_FINE_MM = 0.9
_BELOW_BRAIN_MM = 10.0
_FACE_TILT_DEG = 30.0
_SPARED_MM = 8.0

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Disguised:
    """A scan and what its guises need to know of it.

    Parameters
    ----------
    scan : Scan
        Voxels of a whole-number type.
    brain : (I, J, K) bool array or None
        Its brain; guises that remove face or neck need it.
    face : bool
        Whether there is a face to remove.
    neck : bool
        Whether there is a neck to remove: a whole head.
    tilt_deg : float
        Angle of re-orientation.
    """

    scan: Scan
    brain: Mask | None
    face: bool
    neck: bool
    tilt_deg: float

    def has(self, variant: Variant) -> bool:
        """Whether a guise is possible."""
        if variant == "face removed":
            return self.face and self.brain is not None
        return variant != "neck removed" or (self.neck and self.brain is not None)


def as_stored(scan: Scan) -> Scan:
    """Return a scan with voxels of 16-bit integers, as a scanner stores them."""
    if scan.data.dtype == np.int16:
        return scan
    data = scan.data.astype(np.float32)
    bright = float(np.percentile(data[::2, ::2, ::2], 99.0)) or 1.0
    scaled = np.round(data * np.float32(TYPICAL / bright))
    return replace(scan, data=np.clip(scaled, 0, np.iinfo(np.int16).max).astype(np.int16))


def disguise(variant: Variant, of: Disguised) -> Scan:
    """Return a scan in a guise that :meth:`Disguised.has` says is possible."""
    return GUISES[variant](of)


def _flipped(of: Disguised, axis: Axis) -> Scan:
    scan = of.scan
    along, _ = slab_axis(scan.affine, axis)
    data = np.flip(scan.data, along)
    if axis == "LR":
        return replace(scan, data=data)
    affine = scan.affine.copy()
    affine[:3, 3] += affine[:3, along] * (scan.shape[along] - 1)
    affine[:3, along] *= -1
    return replace(scan, data=data, affine=affine)


def _tilted(of: Disguised, about: int) -> Scan:
    scan = of.scan
    pose = np.zeros(6)
    pose[3 + about] = of.tilt_deg
    middle = scan.affine @ [*((np.array(scan.shape) - 1) / 2), 1.0]
    return replace(scan, affine=pose_matrix(pose, middle[:3]) @ scan.affine)


def _scaled(of: Disguised, factor: float) -> Scan:
    return replace(of.scan, data=of.scan.data.astype(np.float32) * np.float32(factor))


def _eight_bit(of: Disguised) -> Scan:
    data = of.scan.data.astype(np.float32)
    top = float(np.percentile(data, 99.9)) or 1.0
    stored = np.clip(np.round(data * np.float32(255.0 / top)), 0, 255).astype(np.uint8)
    return replace(of.scan, data=stored)


def _as_dicom(of: Disguised) -> Scan:
    with tempfile.TemporaryDirectory() as folder:
        return read_scan(write_series(Path(folder), of.scan))


def _finer(of: Disguised) -> Scan:
    scan = of.scan
    factors = _FINE_MM / scan.spacing
    shape = tuple(np.ceil((np.array(scan.shape) - 1) / factors).astype(int))
    fine = ndimage.affine_transform(
        scan.data.astype(np.float32), factors, output_shape=shape, order=3, mode="nearest"
    )
    affine = scan.affine.copy()
    affine[:3, :3] *= factors
    return replace(scan, data=np.clip(np.round(fine), 0, None).astype(np.int16), affine=affine)


def _without_neck(of: Disguised) -> Scan:
    """Set to 0 what lies below the brain."""
    (_, _, up), brain = _world(of.scan), _brain(of)
    below = up < up[brain].min() - _BELOW_BRAIN_MM
    return replace(of.scan, data=np.where(below, 0, of.scan.data))


def _without_face(of: Disguised) -> Scan:
    """Set to 0 what lies before a plane through the brain's lower front edge, but for the brain."""
    (_, front, up), brain = _world(of.scan), _brain(of)
    first, lowest = front[brain].max(), up[brain].min()
    tilt = np.radians(_FACE_TILT_DEG)
    half = (lowest + up[brain].max()) / 2
    before = np.cos(tilt) * (front - first) - np.sin(tilt) * (up - half) > 0
    spared = ndimage.distance_transform_edt(~brain, sampling=of.scan.spacing) < _SPARED_MM
    return replace(of.scan, data=np.where(before & ~spared, 0, of.scan.data))


def _brain(of: Disguised) -> Mask:
    if of.brain is None:
        raise ValueError("brain is None; give its mask to remove what lies around it")
    return of.brain


def _world(scan: Scan) -> tuple[NDArray[np.float32], ...]:
    """RAS coordinates of every voxel, mm."""
    index = np.indices(scan.shape, dtype=np.float32)
    affine = scan.affine.astype(np.float32)
    return tuple(
        np.tensordot(affine[axis, :3], index, axes=1) + affine[axis, 3] for axis in range(3)
    )


GUISES: Mapping[Variant, Callable[[Disguised], Scan]] = {
    "flip LR": lambda of: _flipped(of, "LR"),
    "flip AP": lambda of: _flipped(of, "AP"),
    "flip SI": lambda of: _flipped(of, "SI"),
    "tilt LR": lambda of: _tilted(of, 0),
    "tilt AP": lambda of: _tilted(of, 1),
    "tilt SI": lambda of: _tilted(of, 2),
    "intensity x0.1": lambda of: _scaled(of, 0.1),
    "intensity x10": lambda of: _scaled(of, 10.0),
    "8 bit": _eight_bit,
    "DICOM": _as_dicom,
    "0.9 mm": _finer,
    "face removed": _without_face,
    "neck removed": _without_neck,
}
"""All guises by the name that a protocol gives them; a tilt is about the axis named."""
