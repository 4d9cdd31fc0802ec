"""A vtkChartXY filled from MRML plot nodes, by the rules of `qMRMLPlotView`.

Scatter and ScatterBar use the X column, Line and Bar the row's number
(`vtkMRMLPlotSeriesNode::IsXColumnRequired`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import vtk_to_numpy

AXES = {"X": vtk.vtkAxis.BOTTOM, "Y": vtk.vtkAxis.LEFT}


class Chart:
    """An off-screen context view with one chart."""

    def __init__(self) -> None:
        self.view = vtk.vtkContextView()
        self.window = self.view.GetRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetMultiSamples(4)
        self.chart = vtk.vtkChartXY()
        self.view.GetScene().AddItem(self.chart)
        self._grabber = vtk.vtkWindowToImageFilter()
        self._grabber.SetInput(self.window)
        self._grabber.ReadFrontBufferOff()
        # What is grabbed has just been drawn.
        self._grabber.ShouldRerenderOff()
        self._tables: list[Any] = []

    def fill(self, node: Any) -> None:
        """Take over a plot chart node; None empties the chart."""
        self.chart.ClearPlots()
        self._tables.clear()
        if node is None:
            self.chart.SetTitle("")
            return
        for index in range(node.GetNumberOfPlotSeriesNodes()):
            self._add(node.GetNthPlotSeriesNode(index))
        self._label(node)
        self._scale(node)

    def _add(self, series: Any) -> None:
        if series is None or series.GetTableNode() is None:
            return
        table = series_table(series)
        if table is None:
            return
        self._tables.append(table)
        kind = series.GetPlotType()
        bar = kind in (series.PlotTypeBar, series.PlotTypeScatterBar)
        plot = self.chart.AddPlot(vtk.vtkChart.BAR if bar else vtk.vtkChart.LINE)
        plot.SetInputData(table, 0, 1)
        plot.SetLabel(series.GetName() or "")
        style(plot, series, bar)

    def _label(self, node: Any) -> None:
        self.chart.SetTitle((node.GetTitle() or "") if node.GetTitleVisibility() else "")
        self.chart.SetShowLegend(bool(node.GetLegendVisibility()))
        self.chart.GetTitleProperties().SetFontSize(node.GetTitleFontSize())
        for name, axis in AXES.items():
            title = getattr(node, f"Get{name}AxisTitle")() or ""
            shown = getattr(node, f"Get{name}AxisTitleVisibility")()
            self.chart.GetAxis(axis).SetTitle(title if shown else "")
            self.chart.GetAxis(axis).SetGridVisible(bool(node.GetGridVisibility()))

    def _scale(self, node: Any) -> None:
        for name, axis in AXES.items():
            if getattr(node, f"Get{name}AxisRangeAuto")():
                self.chart.GetAxis(axis).SetBehavior(vtk.vtkAxis.AUTO)
            else:
                low, high = getattr(node, f"Get{name}AxisRange")()
                self.chart.GetAxis(axis).SetBehavior(vtk.vtkAxis.FIXED)
                self.chart.GetAxis(axis).SetUnscaledRange(low, high)
        self.chart.RecalculateBounds()

    def render(self, width: int, height: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Draw the chart; RGB of shape (height, width, 3), top row first."""
        self.window.SetSize(width, height)
        self.chart.SetSize(vtk.vtkRectf(0, 0, width, height))
        self.view.Render()
        self._grabber.Modified()
        self._grabber.Update()
        image = self._grabber.GetOutput()
        columns, rows, _ = image.GetDimensions()
        pixels = vtk_to_numpy(image.GetPointData().GetScalars())
        return np.ascontiguousarray(pixels.reshape(rows, columns, -1)[::-1, :, :3])


def series_table(series: Any) -> Any:
    """A table of two columns, x and y, as the series would be drawn; None without its columns."""
    source = series.GetTableNode().GetTable()
    y = source.GetColumnByName(series.GetYColumnName() or "")
    x = source.GetColumnByName(series.GetXColumnName() or "")
    if y is None or (series.IsXColumnRequired() and x is None):
        return None
    if not series.IsXColumnRequired():
        x = vtk.vtkDoubleArray()
        for row in range(y.GetNumberOfTuples()):
            x.InsertNextValue(row)
    table = vtk.vtkTable()
    for name, column in (("x", x), ("y", y)):
        copied = column.NewInstance()
        copied.DeepCopy(column)
        copied.SetName(name)
        table.AddColumn(copied)
    return table


def style(plot: Any, series: Any, bar: bool) -> None:
    """Colour, width, line and markers."""
    red, green, blue = (round(255 * part) for part in series.GetColor())
    plot.SetColor(red, green, blue, round(255 * series.GetOpacity()))
    if bar:
        plot.GetPen().SetLineType(vtk.vtkPen.NO_PEN)
        return
    plot.SetWidth(series.GetLineWidth())
    styles = {
        series.LineStyleNone: vtk.vtkPen.NO_PEN,
        series.LineStyleSolid: vtk.vtkPen.SOLID_LINE,
        series.LineStyleDash: vtk.vtkPen.DASH_LINE,
        series.LineStyleDot: vtk.vtkPen.DOT_LINE,
        series.LineStyleDashDot: vtk.vtkPen.DASH_DOT_LINE,
        series.LineStyleDashDotDot: vtk.vtkPen.DASH_DOT_DOT_LINE,
    }
    plot.GetPen().SetLineType(styles[series.GetLineStyle()])
    markers = {
        series.MarkerStyleNone: vtk.vtkPlotPoints.NONE,
        series.MarkerStyleCross: vtk.vtkPlotPoints.CROSS,
        series.MarkerStylePlus: vtk.vtkPlotPoints.PLUS,
        series.MarkerStyleSquare: vtk.vtkPlotPoints.SQUARE,
        series.MarkerStyleCircle: vtk.vtkPlotPoints.CIRCLE,
        series.MarkerStyleDiamond: vtk.vtkPlotPoints.DIAMOND,
    }
    plot.SetMarkerStyle(markers[series.GetMarkerStyle()])
    plot.SetMarkerSize(series.GetMarkerSize())


def values(table: Any, column: int) -> np.ndarray[Any, Any]:
    """A column of a drawn series, for tests."""
    return vtk_to_numpy(table.GetColumn(column))
