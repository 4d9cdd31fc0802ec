"""The distribution of a score as a plot of MRML nodes: bars at the bin centres, score, interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

_BAR, _MARK = (0.30, 0.47, 0.66), (0.84, 0.15, 0.16)
_SOURCES = ((0.55, 0.55, 0.55), (0.80, 0.60, 0.25), (0.45, 0.65, 0.45), (0.60, 0.45, 0.65))


class DistributionChart:
    """Nodes of one chart; hidden from editors and not saved, for they follow the score table."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self.chart = self._add("vtkMRMLPlotChartNode", _("MotionQC distribution"))
        self.chart.SetXAxisTitle(_("Head motion (mm)"))
        self.chart.SetYAxisTitle(_("Probability"))
        self.chart.SetLegendVisibility(True)
        self.chart.SetGridVisibility(False)
        self.view = self._add("vtkMRMLPlotViewNode", _("MotionQC distribution view"))
        self.view.SetPlotChartNodeID(self.chart.GetID())
        self._bars = self._series(_("Distribution"), _BAR, bars=True)
        self._score = self._series(_("Score"), _MARK, width=3)
        self._interval = self._series(_("90 % interval"), _MARK, width=5)
        self._references = [self._series("", color, width=2) for color in _SOURCES]

    def show(
        self, result: Mapping[str, Any], references: Mapping[str, Sequence[float]] | None = None
    ) -> None:
        """Show the JSON form of a result, behind it the scores in mm of unmodified scans by source.

        A source's name in the legend says how many scans it has; of more sources than there are
        colours the last are left out.
        """
        centers, probability = (np.array(result["bins"][k]) for k in ("centers", "probability"))
        top = max(float(probability.max()) * 1.15, 1e-3)
        score = result["motion_score_mm"]
        low, high = result["interval_90_mm"]
        self._set(self._bars, centers, probability)
        self._set(self._score, [score, score], [0.0, top])
        self._set(self._interval, [low, high], [0.02 * top, 0.02 * top])
        named = sorted((references or {}).items())
        for place, series in enumerate(self._references):
            source, scores = named[place] if place < len(named) else ("", [])
            series.SetName(_("still, {source} (N = {n})").format(source=source, n=len(scores)))
            self._set(series, *_ticks(scores, (0.10 + 0.03 * place) * top))
            self._show_series(series, bool(scores))
        half = float(centers[1] - centers[0]) / 2
        self.chart.SetXAxisRangeAuto(False)
        self.chart.SetXAxisRange(float(centers[0]) - half, float(centers[-1]) + half)
        self.chart.SetYAxisRangeAuto(False)
        self.chart.SetYAxisRange(0.0, top)
        self.chart.Modified()

    def close(self) -> None:
        """Remove the nodes."""
        for node in reversed(self._nodes):
            if node.GetScene() is not None:
                slicer.mrmlScene.RemoveNode(node)
        self._nodes.clear()

    def _series(
        self, name: str, color: tuple[float, float, float], *, bars: bool = False, width: int = 1
    ) -> Any:
        table = self._add("vtkMRMLTableNode", name)
        slicer.util.updateTableFromArray(table, (np.zeros(1), np.zeros(1)), ["mm", "value"])
        series = self._add("vtkMRMLPlotSeriesNode", name)
        series.SetAndObserveTableNodeID(table.GetID())
        series.SetXColumnName("mm")
        series.SetYColumnName("value")
        kinds = slicer.vtkMRMLPlotSeriesNode
        series.SetPlotType(kinds.PlotTypeScatterBar if bars else kinds.PlotTypeScatter)
        series.SetMarkerStyle(kinds.MarkerStyleNone)
        series.SetLineWidth(width)
        series.SetColor(*color)
        self.chart.AddAndObservePlotSeriesNodeID(series.GetID())
        return series

    def _show_series(self, series: Any, wanted: bool) -> None:
        """An empty series would take a place in the legend."""
        there = self.chart.HasPlotSeriesNodeID(series.GetID())
        if wanted and not there:
            self.chart.AddAndObservePlotSeriesNodeID(series.GetID())
        elif there and not wanted:
            self.chart.RemovePlotSeriesNodeID(series.GetID())

    def _set(self, series: Any, x: Any, y: Any) -> None:
        columns = (np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        slicer.util.updateTableFromArray(series.GetTableNode(), columns, ["mm", "value"])

    def _add(self, kind: str, name: str) -> Any:
        node = slicer.mrmlScene.AddNewNodeByClass(kind, name)
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        self._nodes.append(node)
        return node


def _ticks(at_mm: Sequence[float], height: float) -> tuple[list[float], list[float]]:
    """A line that stands up at each place and runs along the floor between them."""
    x: list[float] = []
    y: list[float] = []
    for mm in sorted(at_mm):
        x += [mm, mm, mm]
        y += [0.0, height, 0.0]
    return x or [0.0], y or [0.0]
