"""Loss and validation of a run by step, as plots of MRML nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.gui.chart_nodes import ChartNodes, Color
from MotionQCLib.gui.chart_view import ChartView

_LOSS, _R2 = (0.30, 0.47, 0.66), (0.17, 0.55, 0.30)
_HEIGHT = 135
_MOST_POINTS = 400
_LOWEST_R2 = -1.0


class RunCharts:
    """Two charts, made when there is something to draw, for a panel opens faster without.

    Parameters
    ----------
    frame : widget
        Has a layout, to which the plots are added.
    """

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._views: list[ChartView] = []
        self._curves: list[_Curve] = []
        frame.visible = False

    def show(self, figures: Mapping[str, Mapping[int, float]], steps: int) -> None:
        """Draw ``train_loss`` and ``val_r2``, by step; without any the frame is hidden."""
        drawn = [figures.get(name, {}) for name in ("train_loss", "val_r2")]
        self._frame.visible = any(drawn)
        if not any(drawn):
            return
        if not self._curves:
            self._make()
        for curve, view, values in zip(self._curves, self._views, drawn, strict=True):
            curve.draw(values, steps)
            view.follow(curve)

    def close(self) -> None:
        """Remove what belongs to the scene."""
        self._frame.visible = False
        for view in self._views:
            view.disconnect()
        for curve in self._curves:
            curve.close()
        self._curves = []

    def _make(self) -> None:
        if not self._views:
            self._views = [ChartView(self._frame, _HEIGHT) for _n in range(2)]
        # A divergence of distributions and a share of variance have no common axis.
        self._curves = [
            _Curve(_("Training loss"), _("loss"), _LOSS),
            _Curve(_("R² on scans held out (1 is perfect)"), _("R²"), _R2, within=(_LOWEST_R2, 1)),
        ]
        for view, curve in zip(self._views, self._curves, strict=True):
            view.connect(curve)


class _Curve(ChartNodes):
    """One figure by step; values outside of ``within`` are drawn at its border."""

    def __init__(
        self, name: str, y_title: str, color: Color, *, within: tuple[float, float] | None = None
    ) -> None:
        super().__init__(name, _("step"), y_title)
        self._within = within
        self._line = self.series(name, color, width=2)

    def draw(self, values: Mapping[int, float], steps: int) -> None:
        """Show the values by step."""
        every = 1 + len(values) // _MOST_POINTS
        points = list(values.items())[::-every][::-1]
        if self._within is not None:
            low, high = self._within
            points = [(step, min(max(value, low), high)) for step, value in points]
        self.put(self._line, *_two_at_least(points))
        self.show(self._line, bool(points))
        heights = [value for _step, value in points] or [0.0]
        top, bottom = max(*heights, 1e-3), min(*heights, 0.0)
        if self._within is not None:
            top = self._within[1]
        self.set_range((0.0, float(max(steps, 1))), (bottom, 1.05 * top))
        self.chart.Modified()


def _two_at_least(points: list[tuple[int, float]]) -> tuple[list[float], list[float]]:
    """A line has two ends, even where there is one value."""
    shown = points * 2 if len(points) == 1 else points or [(0, 0.0)]
    return [float(step) for step, _value in shown], [value for _step, value in shown]
