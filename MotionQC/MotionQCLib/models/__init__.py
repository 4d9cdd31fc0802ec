"""What a model is, without torch: its bins, its file, and where models are found."""

from MotionQCLib.models.bins import BRICOUT_2025, CORTICAL_MOTION, MotionBins
from MotionQCLib.models.bundle import ModelBundle, load_bundle, load_metadata, save_bundle
from MotionQCLib.models.metadata import (
    DEFAULT_CLASSES,
    Architecture,
    IntervalSource,
    ModelMetadata,
    ScoreClass,
)
from MotionQCLib.models.normalisation import normalise
from MotionQCLib.models.ratings import RatingHead
from MotionQCLib.models.registry import DEFAULT_MODEL, ModelEntry, find_model, list_models
from MotionQCLib.models.site_limits import SiteLimits
from MotionQCLib.models.site_limits_file import load_site_limits, save_site_limits

__all__ = [
    "BRICOUT_2025",
    "CORTICAL_MOTION",
    "DEFAULT_CLASSES",
    "DEFAULT_MODEL",
    "Architecture",
    "IntervalSource",
    "ModelBundle",
    "ModelEntry",
    "ModelMetadata",
    "MotionBins",
    "RatingHead",
    "ScoreClass",
    "SiteLimits",
    "find_model",
    "list_models",
    "load_bundle",
    "load_metadata",
    "load_site_limits",
    "normalise",
    "save_bundle",
    "save_site_limits",
]
