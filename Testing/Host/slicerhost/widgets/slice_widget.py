"""qMRMLSliceWidget: a slice view with its bar, drawn by the MRML slice pipeline."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from slicerhost.render_queue import RenderQueue
from slicerhost.slice_pipeline import SlicePipeline
from slicerhost.widgets.mrml import SceneHolder
from slicerhost.widgets.stand_in import stand_in


@stand_in
class qMRMLSliceView(SceneHolder, QtWidgets.QLabel):
    """The picture of a slice. The wheel moves the slice."""

    def __init__(self, pipeline: SlicePipeline, queue: RenderQueue) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._queue = queue
        self.setMinimumSize(64, 64)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Ignored, policy.Ignored)
        logic, group = pipeline.logic, pipeline.group
        logic.AddObserver("ModifiedEvent", lambda *_: self.scheduleRender())
        group.AddObserver("UpdateEvent", lambda *_: self.scheduleRender())

    def mrmlSliceNode(self) -> Any:
        return self._pipeline.node

    def renderWindow(self) -> Any:
        return self._pipeline.window

    def scheduleRender(self) -> None:
        """Draw once the event loop turns, however often this is called until then."""
        self._queue.add(self)

    def forceRender(self) -> None:
        """Draw at once."""
        self._queue.take(self)
        pixels = self._pipeline.render()
        height, width, _ = pixels.shape
        image = QtGui.QImage(
            pixels.tobytes(), width, height, 3 * width, QtGui.QImage.Format.Format_RGB888
        )
        self.setPixmap(QtGui.QPixmap.fromImage(image))
        self._queue.count()

    def resizeEvent(self, event: Any) -> None:
        self._pipeline.resize(max(event.size().width(), 1), max(event.size().height(), 1))
        self.scheduleRender()

    def wheelEvent(self, event: Any) -> None:
        logic = self._pipeline.logic
        steps = 1 if event.angleDelta().y() > 0 else -1
        spacing = logic.GetLowestVolumeSliceSpacing()[2]
        logic.SetSliceOffset(logic.GetSliceOffset() + steps * spacing)
        event.accept()


@stand_in
class qMRMLSliceControllerWidget(QtWidgets.QFrame):
    """The bar above a slice view: the view's letter, the offset."""

    def __init__(self, pipeline: SlicePipeline) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._letter = QtWidgets.QLabel(pipeline.node.GetLayoutLabel())
        self._offset = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self._number = QtWidgets.QLabel()
        self._number.setMinimumWidth(84)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(6, 1, 6, 1)
        for widget in (self._letter, self._offset, self._number):
            row.addWidget(widget)
        color = QtGui.QColor.fromRgbF(*pipeline.node.GetLayoutColor())
        self.setStyleSheet(f"QFrame {{ background: {color.name()}; color: black; }}")
        self._offset.connect("valueChanged(int)", self._moved)
        pipeline.logic.AddObserver("ModifiedEvent", lambda *_: self._follow())
        self._follow()

    def fitSliceToBackground(self) -> None:
        self._pipeline.logic.FitSliceToBackground()

    def _moved(self, position: int) -> None:
        self._pipeline.logic.SetSliceOffset(position / 100.0)

    def _follow(self) -> None:
        bounds = [0.0] * 6
        self._pipeline.logic.GetLowestVolumeSliceBounds(bounds, True)
        offset = self._pipeline.logic.GetSliceOffset()
        blocked = self._offset.blockSignals(True)
        self._offset.setRange(round(bounds[4] * 100), round(bounds[5] * 100))
        self._offset.setValue(round(offset * 100))
        self._offset.blockSignals(blocked)
        self._number.setText(f"{self._pipeline.node.GetOrientation()[:1]}: {offset:.3f} mm")


@stand_in
class qMRMLSliceWidget(SceneHolder, QtWidgets.QWidget):
    """A slice view and its bar."""

    def __init__(self, pipeline: SlicePipeline, queue: RenderQueue) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._controller = qMRMLSliceControllerWidget(pipeline)
        self._view = qMRMLSliceView(pipeline, queue)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._controller)
        column.addWidget(self._view, 1)

    def sliceLogic(self) -> Any:
        return self._pipeline.logic

    def mrmlSliceNode(self) -> Any:
        return self._pipeline.node

    def sliceView(self) -> Any:
        return self._view

    def fitSliceToBackground(self) -> None:
        self._pipeline.logic.FitSliceToBackground()
