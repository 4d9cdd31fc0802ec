"""The distribution of a score as a plot of MRML nodes: bars at the bin centres, score, interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from slicer.i18n import tr as _

from MotionQCLib.gui.chart_nodes import ChartNodes

_BAR, _MARK = (0.30, 0.47, 0.66), (0.84, 0.15, 0.16)
_SOURCES = ((0.55, 0.55, 0.55), (0.80, 0.60, 0.25), (0.45, 0.65, 0.45), (0.60, 0.45, 0.65))


class DistributionChart(ChartNodes):
    """Its nodes follow the score table."""

    def __init__(self) -> None:
        super().__init__(_("MotionQC distribution"), _("Head motion (mm)"), _("Probability"))
        self._bars = self.series(_("Distribution"), _BAR, bars=True)
        self._score = self.series(_("Score"), _MARK, width=3)
        self._interval = self.series(_("90 % interval"), _MARK, width=5)
        self._references = [self.series("", color, width=2) for color in _SOURCES]

    def draw(
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
        self.put(self._bars, centers, probability)
        self.put(self._score, [score, score], [0.0, top])
        self.put(self._interval, [low, high], [0.02 * top, 0.02 * top])
        named = sorted((references or {}).items())
        for place, series in enumerate(self._references):
            source, scores = named[place] if place < len(named) else ("", [])
            series.SetName(_("still, {source} (N = {n})").format(source=source, n=len(scores)))
            self.put(series, *_ticks(scores, (0.10 + 0.03 * place) * top))
            self.show(series, bool(scores))
        half = float(centers[1] - centers[0]) / 2
        self.set_range((float(centers[0]) - half, float(centers[-1]) + half), (0.0, top))
        self.chart.Modified()


def _ticks(at_mm: Sequence[float], height: float) -> tuple[list[float], list[float]]:
    """A line that stands up at each place and runs along the floor between them."""
    x: list[float] = []
    y: list[float] = []
    for mm in sorted(at_mm):
        x += [mm, mm, mm]
        y += [0.0, height, 0.0]
    return x or [0.0], y or [0.0]
