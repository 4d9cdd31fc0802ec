"""The six pose parameters over k-space time, as a plot of MRML nodes."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from MotionQCLib.motion import Trajectory

_NAMES = ("R", "A", "S")
_COLORS = ((0.84, 0.15, 0.16), (0.17, 0.63, 0.17), (0.12, 0.47, 0.71))


class PoseChart:
    """Translations as full lines, rotations as dashed ones, the segments' limits as ticks."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self.chart = self._add("vtkMRMLPlotChartNode", _("MotionQC motion"))
        self.chart.SetXAxisTitle(_("k-space time (share of the acquisition)"))
        self.chart.SetYAxisTitle(_("mm and degrees"))
        self.chart.SetLegendVisibility(True)
        self.view = self._add("vtkMRMLPlotViewNode", _("MotionQC motion view"))
        self.view.SetPlotChartNodeID(self.chart.GetID())
        self.chart.SetXAxisRangeAuto(False)
        self.chart.SetXAxisRange(0.0, 1.0)
        kinds = slicer.vtkMRMLPlotSeriesNode
        self._series = [
            self._line(_("shift {axis} (mm)").format(axis=name), color, kinds.LineStyleSolid)
            for name, color in zip(_NAMES, _COLORS, strict=True)
        ] + [
            self._line(_("turn {axis} (°)").format(axis=name), color, kinds.LineStyleDash)
            for name, color in zip(_NAMES, _COLORS, strict=True)
        ]
        self._limits = self._line(_("segments"), (0.4, 0.4, 0.4), kinds.LineStyleNone)
        self._limits.SetMarkerStyle(kinds.MarkerStylePlus)

    def show(self, trajectory: Trajectory) -> None:
        """Show a trajectory as the staircase that it is."""
        onsets = trajectory.onsets
        ends = np.append(onsets[1:], 1.0)
        time = np.stack([onsets, ends], axis=1).ravel()
        for component, series in enumerate(self._series):
            held = np.repeat(trajectory.poses[:, component], 2)
            self._set(series, time, held)
        self._set(self._limits, onsets, np.zeros(len(onsets)))
        self.chart.Modified()

    def close(self) -> None:
        """Remove the nodes."""
        for node in reversed(self._nodes):
            if node.GetScene() is not None:
                slicer.mrmlScene.RemoveNode(node)
        self._nodes.clear()

    def _line(self, name: str, color: tuple[float, float, float], style: int) -> Any:
        table = self._add("vtkMRMLTableNode", name)
        slicer.util.updateTableFromArray(table, (np.zeros(2), np.zeros(2)), ["time", "value"])
        series = self._add("vtkMRMLPlotSeriesNode", name)
        series.SetAndObserveTableNodeID(table.GetID())
        series.SetXColumnName("time")
        series.SetYColumnName("value")
        series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
        series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone)
        series.SetLineStyle(style)
        series.SetLineWidth(2)
        series.SetColor(*color)
        self.chart.AddAndObservePlotSeriesNodeID(series.GetID())
        return series

    def _set(self, series: Any, x: Any, y: Any) -> None:
        slicer.util.updateTableFromArray(series.GetTableNode(), (x, y), ["time", "value"])

    def _add(self, kind: str, name: str) -> Any:
        node = slicer.mrmlScene.AddNewNodeByClass(kind, name)
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        self._nodes.append(node)
        return node
