"""Widgets that know the scene."""

from __future__ import annotations

from typing import Any

from PySide6 import QtWidgets

from slicerhost.pythonqt.signals import HostSignal
from slicerhost.widgets.stand_in import only_parent, stand_in


class SceneHolder:
    """`setMRMLScene`, `mrmlScene` and the signal between them."""

    mrmlSceneChanged = HostSignal("mrmlSceneChanged(vtkMRMLScene*)")

    def mrmlScene(self) -> Any:
        return getattr(self, "_scene", None)

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self.mrmlScene():
            return
        self._scene = scene
        self.scene_changed(scene)
        self.mrmlSceneChanged.emit(scene)

    def scene_changed(self, scene: Any) -> None:
        """React to another scene, where there is a need."""


class SceneWidget(SceneHolder, QtWidgets.QWidget):
    """A widget that hands the scene on, by the connections of its `.ui` file."""

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))


@stand_in
class qMRMLWidget(SceneWidget):
    """Such a widget, of the MRML libraries."""


@stand_in
class qSlicerWidget(SceneWidget):
    """Such a widget, of the application."""
