"""The host's window: the module's panel at the left, the views at the right.

It says twice that it is not 3D Slicer: in its title, and in the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtWidgets

from slicerhost.widgets.stand_in import stand_in

TITLE = "MotionQC test host - not 3D Slicer"
PANEL_WIDTH = 500


@stand_in
class qSlicerMainWindow(QtWidgets.QMainWindow):
    """The main window, under the name by which `slicer.util.mainWindow` finds it."""

    def __init__(self, layout_manager: Any, select: Callable[[str], None]) -> None:
        super().__init__()
        self.objectName = "qSlicerMainWindow"
        self.windowTitle = TITLE
        self._selector = ModuleSelector(select)
        self._panel = QtWidgets.QScrollArea()
        self._panel.setWidgetResizable(True)
        self._panel.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._panel.setMinimumWidth(PANEL_WIDTH)
        self._panel.setMaximumWidth(PANEL_WIDTH)
        row = QtWidgets.QWidget()
        across = QtWidgets.QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self._panel)
        across.addWidget(fill_viewport(layout_manager), 1)
        self.setCentralWidget(row)
        self.resize(1400, 900)

    def moduleSelector(self) -> Any:
        return self._selector

    def show_module(self, widget: Any, title: str) -> None:
        """Put a module's widget into the panel."""
        self.take_module()
        holder = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(holder)
        column.setContentsMargins(4, 4, 4, 4)
        heading = QtWidgets.QLabel(title)
        heading.setStyleSheet("font-size: 14pt; padding: 4px;")
        column.addWidget(heading)
        column.addWidget(widget)
        column.addStretch(1)
        self._panel.setWidget(holder)
        widget.show()

    def take_module(self) -> None:
        """Empty the panel without deleting the module's widget."""
        holder = self._panel.takeWidget()
        if holder is not None:
            for child in holder.children():
                if child.inherits("qSlicerScriptedLoadableModuleWidget"):
                    child.setParent(None)
            holder.deleteLater()


class ModuleSelector:
    """The menu of modules, reduced to what `slicer.util.selectModule` needs."""

    def __init__(self, select: Callable[[str], None]) -> None:
        self.selectModule = select


def fill_viewport(layout_manager: Any) -> Any:
    """Slicer's four-up layout, with a notice in the place of the 3D view."""
    viewport = layout_manager.viewport()
    grid = QtWidgets.QGridLayout(viewport)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(2)
    places = {"Red": (0, 0), "Green": (1, 0), "Yellow": (1, 1)}
    for name, (row, column) in places.items():
        grid.addWidget(layout_manager.sliceWidget(name), row, column)
    grid.addWidget(notice(), 0, 1)
    for index in (0, 1):
        grid.setRowStretch(index, 1)
        grid.setColumnStretch(index, 1)
    return viewport


def notice() -> Any:
    label = QtWidgets.QLabel(f"{TITLE}\n\nno 3D view here")
    label.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
    label.setStyleSheet("background: #c4c8e6; color: #404468; font-size: 12pt;")
    policy = QtWidgets.QSizePolicy.Policy
    label.setSizePolicy(policy.Ignored, policy.Ignored)
    return label
