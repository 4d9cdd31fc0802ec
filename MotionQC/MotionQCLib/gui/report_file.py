"""*Save report*: one HTML file with slices, distribution and settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from slicer.i18n import tr as _

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.gui.pictures import axis_of_view, pixel_size, to_bytes, upright, window_of
from MotionQCLib.gui.scan_volume import scan_of
from MotionQCLib.scan.head import brain_center
from MotionQCLib.scoring.plain_words import sentence
from MotionQCLib.scoring.report_page import ReportPage, Slice


def write_report(path: Path, node: Any, result: Mapping[str, Any]) -> None:
    """Write the report of a scored volume.

    Raises
    ------
    OSError
        The file cannot be written.
    InputError
        The volume is no scan any more.
    """
    scan = scan_of(node)
    size = " × ".join(str(n) for n in scan.shape)
    spacing = " × ".join(f"{mm:.3g}" for mm in scan.spacing)
    settings = {"Scan grid": f"{size} voxels of {spacing} mm", "Orientation": scan.axcodes}
    page = ReportPage(node.GetName(), result, sentence(result), _slices(node, scan), settings)
    write_atomically(path, page.to_html())


def _slices(node: Any, scan: Any) -> list[Slice]:
    """The three planes through the middle of the brain."""
    limits = window_of(node, scan.data)
    position = np.linalg.inv(scan.affine) @ [*brain_center(scan.data, scan.affine), 1.0]
    pictures = []
    for title, world in ((_("axial"), 2), (_("sagittal"), 0), (_("coronal"), 1)):
        axis = axis_of_view(scan.affine, world)
        index = int(np.clip(round(position[axis]), 0, scan.shape[axis] - 1))
        plane = upright(np.take(scan.data, index, axis), scan.affine, axis)
        pictures.append(Slice(title, to_bytes(plane, limits), pixel_size(scan.affine, axis)))
    return pictures
