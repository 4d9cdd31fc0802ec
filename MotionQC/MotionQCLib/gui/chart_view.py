"""A chart in the panel: the plot, and under it what its colours mean."""

from __future__ import annotations

from typing import Any

import qt
import slicer

from MotionQCLib.gui.chart_nodes import ChartNodes
from MotionQCLib.gui.later import Later

_HEIGHT = 190


class ChartView:
    """The plot view of one frame of the panel.

    Parameters
    ----------
    frame : widget
        Has a layout, to which the view is added.
    height : int
        The least height of the plot, in pixels.
    """

    def __init__(self, frame: Any, height: int = _HEIGHT) -> None:
        self._plot = slicer.qMRMLPlotView()
        self._plot.setMinimumHeight(height)
        self._legend = qt.QLabel()
        self._legend.setWordWrap(True)
        # After the slice views: drawn in one go with them it would hold up the window.
        self._fit = Later(0, self._plot.fitToContent)
        frame.layout().addWidget(self._plot)
        frame.layout().addWidget(self._legend)

    def connect(self, chart: ChartNodes) -> None:
        """Show the chart of a scene."""
        self._plot.setMRMLScene(slicer.mrmlScene)
        self._plot.setMRMLPlotViewNode(chart.view)
        self.follow(chart)

    def follow(self, chart: ChartNodes) -> None:
        """The chart has changed."""
        self._legend.text = chart.legend()
        self._fit.request()

    def disconnect(self) -> None:
        """Show no chart."""
        self._fit.cancel()
        self._plot.setMRMLPlotViewNode(None)
