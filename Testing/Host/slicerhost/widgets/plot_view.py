"""qMRMLPlotView: the plot nodes, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import vtk
from PySide6 import QtGui, QtWidgets

from slicerhost.chart import Chart
from slicerhost.render_queue import RenderQueue
from slicerhost.widgets.mrml import SceneHolder
from slicerhost.widgets.stand_in import only_parent, stand_in


@stand_in
class qMRMLPlotView(SceneHolder, QtWidgets.QLabel):
    """Draws the chart that its plot view node names, and follows chart, series and tables."""

    queue: RenderQueue

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))
        self._chart: Chart | None = None
        self._node: Any = None
        self._tags: list[tuple[Any, int]] = []
        self._stale = True
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Ignored, policy.Expanding)
        self.setMinimumSize(64, 64)
        self.connect("destroyed()", self._forget_nodes)

    def mrmlPlotViewNode(self) -> Any:
        return self._node

    def setMRMLPlotViewNode(self, node: Any) -> None:
        self._node = node
        self._changed()

    def fitToContent(self) -> None:
        """Recompute the axes that are automatic."""
        self._changed()

    def saveAsSVG(self, path: str) -> None:
        """Write the chart as a vector graphic."""
        self.forceRender()
        assert self._chart is not None
        exporter = vtk.vtkSVGExporter()
        exporter.SetRenderWindow(self._chart.window)
        exporter.SetFileName(str(Path(path)))
        exporter.Write()

    def chart(self) -> Any:
        """The vtkChartXY, brought up to date."""
        return self._filled().chart

    def forceRender(self) -> None:
        self.queue.take(self)
        width, height = max(self.width, 1), max(self.height, 1)
        pixels = self._filled().render(width, height)
        image = QtGui.QImage(
            pixels.tobytes(), width, height, 3 * width, QtGui.QImage.Format.Format_RGB888
        )
        self.setPixmap(QtGui.QPixmap.fromImage(image))

    def resizeEvent(self, event: Any) -> None:
        self.queue.add(self)

    def showEvent(self, event: Any) -> None:
        self.queue.add(self)

    def _filled(self) -> Chart:
        if self._chart is None:
            self._chart = Chart()
        if self._stale:
            self._chart.fill(self._chart_node())
            self._stale = False
        return self._chart

    def _chart_node(self) -> Any:
        return self._node.GetPlotChartNode() if self._node is not None else None

    def _changed(self, *_: Any) -> None:
        self._stale = True
        self._watch()
        if self.visible:
            self.queue.add(self)

    def _watch(self) -> None:
        """Observe the view node, the chart, its series and their tables."""
        self._forget_nodes()
        for node in self._nodes():
            self._tags.append((node, node.AddObserver("ModifiedEvent", self._changed)))

    def _nodes(self) -> list[Any]:
        chart = self._chart_node()
        found = [self._node, chart]
        for index in range(chart.GetNumberOfPlotSeriesNodes() if chart is not None else 0):
            series = chart.GetNthPlotSeriesNode(index)
            found += [series, series.GetTableNode() if series is not None else None]
        return [node for node in found if node is not None]

    def _forget_nodes(self) -> None:
        for node, tag in self._tags:
            node.RemoveObserver(tag)
        self._tags = []
