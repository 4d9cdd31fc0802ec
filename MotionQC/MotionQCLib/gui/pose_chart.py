"""The six pose parameters over k-space time, as a plot of MRML nodes."""

from __future__ import annotations

import numpy as np
import slicer
from slicer.i18n import tr as _

from MotionQCLib.gui.chart_nodes import ChartNodes
from MotionQCLib.motion import Trajectory

_NAMES = ("R", "A", "S")
_COLORS = ((0.84, 0.15, 0.16), (0.17, 0.63, 0.17), (0.12, 0.47, 0.71))
_GRAY = (0.4, 0.4, 0.4)


class PoseChart(ChartNodes):
    """Translations as full lines, rotations as dashed ones, the segments' limits as ticks."""

    def __init__(self) -> None:
        time = _("k-space time (share of the acquisition)")
        super().__init__(_("MotionQC motion"), time, _("mm and degrees"))
        self.chart.SetGridVisibility(True)
        self.set_range(x=(0.0, 1.0))
        styles = slicer.vtkMRMLPlotSeriesNode
        kinds = (
            (_("shift {axis} (mm)"), styles.LineStyleSolid),
            (_("turn {axis} (°)"), styles.LineStyleDash),
        )
        self._components = [
            self.series(title.format(axis=name), color, width=2, line=line)
            for title, line in kinds
            for name, color in zip(_NAMES, _COLORS, strict=True)
        ]
        self._limits = self.series(
            _("segments"),
            _GRAY,
            width=2,
            line=styles.LineStyleNone,
            marker=styles.MarkerStylePlus,
        )

    def draw(self, trajectory: Trajectory) -> None:
        """Show a trajectory as the staircase that it is."""
        onsets = trajectory.onsets
        ends = np.append(onsets[1:], 1.0)
        time = np.stack([onsets, ends], axis=1).ravel()
        for component, series in enumerate(self._components):
            self.put(series, time, np.repeat(trajectory.poses[:, component], 2))
        self.put(self._limits, onsets, np.zeros(len(onsets)))
        self.chart.Modified()
