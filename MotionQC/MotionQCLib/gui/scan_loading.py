"""Loading a scan that lies in a file into the scene."""

from __future__ import annotations

from pathlib import Path

import slicer
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.scans_of_scene import scans_of_scene


def can_load(path: Path) -> bool:
    """Whether a scan is still there and lies in a file of its own.

    Of a DICOM folder or archive Slicer might load another series than the one that was scored.
    """
    return path.is_file() and path.suffix.lower() != ".zip"


def volume_of(path: Path) -> slicer.vtkMRMLScalarVolumeNode:
    """Return the volume that a file holds, loaded where the scene does not have it.

    Raises
    ------
    InputError
        `not-found` or `not-loaded`: there is no such file any more, or Slicer does not read it.
    """
    for node in scans_of_scene():
        storage = node.GetStorageNode()
        if storage is not None and storage.GetFullNameFromFileName() == str(path):
            return node
    if not can_load(path):
        raise InputError(
            "not-found",
            _("{name}: is no file that can be loaded; was it moved since?").format(name=path.name),
        )
    try:
        return slicer.util.loadVolume(str(path))
    except RuntimeError as error:
        raise InputError(
            "not-loaded", _("{name}: cannot be loaded into the scene.").format(name=path.name)
        ) from error
