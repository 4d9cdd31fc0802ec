"""The MRML nodes of one chart: hidden from editors, not saved, removed together."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
import slicer

Color = tuple[float, float, float]
_COLUMNS = ("x", "y")


class ChartNodes:
    """A chart, its view and its series.

    Parameters
    ----------
    name, x_title, y_title : str
        The chart's, and its axes'.
    """

    def __init__(self, name: str, x_title: str, y_title: str) -> None:
        self._nodes: list[Any] = []
        self._series: list[Any] = []
        self.chart = self._add("vtkMRMLPlotChartNode", name)
        self.chart.SetXAxisTitle(x_title)
        self.chart.SetYAxisTitle(y_title)
        # In a plot as small as a panel's the legend would cover what it explains.
        self.chart.SetLegendVisibility(False)
        self.chart.SetGridVisibility(False)
        self.view = self._add("vtkMRMLPlotViewNode", name)
        self.view.SetPlotChartNodeID(self.chart.GetID())

    def series(
        self,
        name: str,
        color: Color,
        *,
        bars: bool = False,
        width: int = 1,
        line: int | None = None,
        marker: int | None = None,
    ) -> Any:
        """Add a series over x: a curve, or bars; ``line`` and ``marker`` are the node's styles."""
        table = self._add("vtkMRMLTableNode", name)
        series = self._add("vtkMRMLPlotSeriesNode", name)
        series.SetAndObserveTableNodeID(table.GetID())
        self.put(series, [0.0, 0.0], [0.0, 0.0])
        series.SetXColumnName(_COLUMNS[0])
        series.SetYColumnName(_COLUMNS[1])
        # Of the plot types only the scatter ones look at x.
        series.SetPlotType(series.PlotTypeScatterBar if bars else series.PlotTypeScatter)
        series.SetLineStyle(series.LineStyleSolid if line is None else line)
        series.SetMarkerStyle(series.MarkerStyleNone if marker is None else marker)
        series.SetLineWidth(width)
        series.SetColor(*color)
        self.chart.AddAndObservePlotSeriesNodeID(series.GetID())
        self._series.append(series)
        return series

    def put(self, series: Any, x: Any, y: Any) -> None:
        """Give a series its points."""
        columns = (np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        slicer.util.updateTableFromArray(series.GetTableNode(), columns, list(_COLUMNS))

    def show(self, series: Any, wanted: bool) -> None:
        """Take a series into the chart or out of it."""
        there = self.chart.HasPlotSeriesNodeID(series.GetID())
        if wanted and not there:
            self.chart.AddAndObservePlotSeriesNodeID(series.GetID())
        elif there and not wanted:
            self.chart.RemovePlotSeriesNodeID(series.GetID())

    def legend(self) -> str:
        """Return the names of the series shown, each after its colour, as rich text."""
        shown = [node for node in self._series if self.chart.HasPlotSeriesNodeID(node.GetID())]
        return " &ensp; ".join(_entry(node) for node in shown)

    def set_range(
        self, x: tuple[float, float] | None = None, y: tuple[float, float] | None = None
    ) -> None:
        """Fix the range of an axis."""
        if x is not None:
            self.chart.SetXAxisRangeAuto(False)
            self.chart.SetXAxisRange(*x)
        if y is not None:
            self.chart.SetYAxisRangeAuto(False)
            self.chart.SetYAxisRange(*y)

    def close(self) -> None:
        """Remove the nodes."""
        for node in reversed(self._nodes):
            if node.GetScene() is not None:
                slicer.mrmlScene.RemoveNode(node)
        self._nodes.clear()
        self._series.clear()

    def _add(self, kind: str, name: str) -> Any:
        node = slicer.mrmlScene.AddNewNodeByClass(kind, name)
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        self._nodes.append(node)
        return node


def _entry(series: Any) -> str:
    """A series' colour and name, which stay on one line."""
    name = html.escape(series.GetName()).replace(" ", "&nbsp;")
    return f"{_swatch(series)}&nbsp;{name}"


def _swatch(series: Any) -> str:
    """A piece of a series' line, or of its bars, in its colour."""
    red, green, blue = (round(255 * share) for share in series.GetColor())
    sign = "━━"
    if series.GetPlotType() == series.PlotTypeScatterBar:
        sign = "■"
    elif series.GetLineStyle() == series.LineStyleNone:
        sign = "+"
    elif series.GetLineStyle() != series.LineStyleSolid:
        sign = "╍╍"
    return f'<span style="color: rgb({red}, {green}, {blue})">{sign}</span>'
