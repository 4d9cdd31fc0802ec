"""`slicer.app.layoutManager()`: three slice views in one fixed layout."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from slicerhost.mrml_core import Core
from slicerhost.pythonqt.signals import HostSignal
from slicerhost.render_queue import RenderQueue
from slicerhost.slice_pipeline import SlicePipeline
from slicerhost.widgets.slice_widget import qMRMLSliceWidget
from slicerhost.widgets.stand_in import stand_in

# Slicer's names, orientations and colours (vtkMRMLSliceNode, red, yellow and green of its views).
VIEWS = {
    "Red": ("Axial", (0.953, 0.290, 0.200)),
    "Green": ("Coronal", (0.431, 0.690, 0.294)),
    "Yellow": ("Sagittal", (0.929, 0.835, 0.298)),
}

FOUR_UP = 3  # vtkMRMLLayoutNode.SlicerLayoutFourUpView


@stand_in
class qSlicerLayoutManager(QtCore.QObject):
    """Slice views by name. Setting a layout is remembered and changes nothing on the screen."""

    layoutChanged = HostSignal("layoutChanged(int)")

    def __init__(self, core: Core, queue: RenderQueue) -> None:
        super().__init__()
        self._layout = FOUR_UP
        self._queue = queue
        self._logics = core.application_logic.GetSliceLogics()
        self._viewport = QtWidgets.QWidget()
        self._pipelines = {
            name: SlicePipeline(core.scene, core.application_logic, name, orientation, color)
            for name, (orientation, color) in VIEWS.items()
        }
        self._widgets = {
            name: qMRMLSliceWidget(pipeline, queue) for name, pipeline in self._pipelines.items()
        }
        for widget in self._widgets.values():
            widget.setMRMLScene(core.scene)

    def _get_layout(self) -> int:
        return self._layout

    def setLayout(self, layout: int) -> None:
        self._layout = layout
        self.layoutChanged.emit(layout)

    layout = QtCore.Property(int, _get_layout, setLayout)

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(self._widgets)

    def sliceWidget(self, name: str) -> Any:
        """The widget of a view, None for an unknown name."""
        return self._widgets.get(name)

    def mrmlSliceLogics(self) -> Any:
        return self._logics

    def resetSliceViews(self) -> None:
        """Fit every view to its background."""
        for widget in self._widgets.values():
            widget.sliceLogic().FitSliceToBackground()

    def reset(self) -> None:
        """Give the views back their orientations, and the layout."""
        self._layout = FOUR_UP
        for pipeline in self._pipelines.values():
            pipeline.reset()

    def viewport(self) -> Any:
        return self._viewport

    def _no_views(self) -> int:
        return 0

    threeDViewCount = QtCore.Property(int, _no_views)
    tableViewCount = QtCore.Property(int, _no_views)
    plotViewCount = QtCore.Property(int, _no_views)
