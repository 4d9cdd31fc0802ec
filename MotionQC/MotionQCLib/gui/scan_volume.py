"""A volume node as the library sees a scan: array ``[i, j, k]``, affine to RAS mm, plain words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.scan.content import make_scan
from MotionQCLib.scan.head import Head, find_head
from MotionQCLib.scan.scan import Scan


@dataclass(frozen=True)
class Finding:
    """What a volume is.

    Parameters
    ----------
    usable : bool
        Whether it can be scored and moved.
    text : str
        Grid, spacing, orientation, and whether it looks like a head, or why not.
    head : bool
        Whether a head was found in it.
    """

    usable: bool
    text: str
    head: bool = False


def voxels_of(node: slicer.vtkMRMLScalarVolumeNode) -> NDArray[np.generic]:
    """Return a view ``(I, J, K)`` of the node's voxels."""
    return slicer.util.arrayFromVolume(node).transpose(2, 1, 0)


def affine_of(node: slicer.vtkMRMLScalarVolumeNode) -> NDArray[np.float64]:
    """Return voxel indices to RAS mm; a parent transform is not applied."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return np.array(slicer.util.arrayFromVTKMatrix(matrix), dtype=float)


def scan_of(node: slicer.vtkMRMLScalarVolumeNode) -> Scan:
    """Return the node's scan, checked.

    Raises
    ------
    InputError
        It is no three-dimensional scan; the message names the node and says what to do.
    """
    name = node.GetName()
    image = node.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None:
        raise InputError("empty", f"{name}: holds no image; choose another volume.")
    if image.GetNumberOfScalarComponents() != 1:
        raise InputError("not-scalar", f"{name}: is a colour image; choose a scan in gray values.")
    if min(image.GetDimensions()) < 2:
        raise InputError("not-3d", f"{name}: is a single slice; choose a whole 3-D scan.")
    return make_scan(voxels_of(node), affine_of(node), source=name, format="scene")


def describe(node: slicer.vtkMRMLScalarVolumeNode) -> Finding:
    """Say what a volume is; takes a fraction of a second."""
    try:
        scan = scan_of(node)
    except InputError as error:
        return Finding(False, error.message)
    size = " × ".join(str(n) for n in scan.shape)
    spacing = " × ".join(f"{mm:.3g}" for mm in scan.spacing)
    lines = [_("{size} voxels of {spacing} mm, {orientation}.").format(
        size=size, spacing=spacing, orientation=_orientation(scan)
    )]  # fmt: skip
    head = find_head(scan.data, scan.affine)
    lines.append(_head_in_words(head))
    if node.GetParentTransformNode() is not None:
        lines.append(_("Its parent transform is ignored."))
    return Finding(True, " ".join(lines), head.found)


def _orientation(scan: Scan) -> str:
    """Anatomical axes, and how far they are from the scanner's."""
    direction = np.abs(scan.affine[:3, :3] / scan.spacing)
    tilt = np.degrees(np.arccos(np.clip(direction.max(axis=0).min(), -1, 1)))
    if tilt < 0.5:
        return scan.axcodes
    return _("{axes}, tilted by {angle:.0f}°").format(axes=scan.axcodes, angle=tilt)


def _head_in_words(head: Head) -> str:
    if not head.found:
        return _("No head was found in it: a score would mean nothing.")
    kind = _("a whole head") if head.skull >= 0.5 else _("a head whose brain was extracted")
    words = _("Looks like {kind}").format(kind=kind)
    if not head.vertex_in_view:
        words += _(", but its top lies outside the field of view")
    return words + "."
