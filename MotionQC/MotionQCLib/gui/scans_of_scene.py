"""Which volumes of the scene are scans."""

from __future__ import annotations

import slicer

from MotionQCLib.gui.live_preview import ATTRIBUTE as PREVIEW


def scans_of_scene() -> list[slicer.vtkMRMLScalarVolumeNode]:
    """Return the volumes that may be scans, in the scene's order.

    Label maps, colour and diffusion volumes are classes of their own, which derive from that of a
    scan. A preview changes with its settings, and what is hidden from selectors is not the user's;
    a volume that a motion was applied to is a scan like any other.
    """
    return [
        node
        for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        if node.GetClassName() == "vtkMRMLScalarVolumeNode"
        and not node.GetAttribute(PREVIEW)
        and not node.GetHideFromEditors()
    ]
