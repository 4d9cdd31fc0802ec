"""From a scan to its motion score in millimetres, with its distribution, interval and class."""

from MotionQCLib.scoring.calibration import (
    calibrated_probability,
    fit_temperature,
    interval_coverage,
)
from MotionQCLib.scoring.result import RESEARCH_USE, Result
from MotionQCLib.scoring.scorer import Scorer

__all__ = [
    "RESEARCH_USE",
    "Result",
    "Scorer",
    "calibrated_probability",
    "fit_temperature",
    "interval_coverage",
]
