"""A model that answers: what it says of a volume or of a scan, by the route that scoring takes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType

import MotionQCLib.scan
import MotionQCLib.scoring
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, normalise
from MotionQCLib.models.metadata import INTERVAL_LEVEL
from MotionQCLib.scan import Scan
from MotionQCLib.scoring import Scorer
from MotionQCLib.scoring.calibration import calibrated_probability
from MotionQCLib.scoring.runtimes import Runtime, open_runtime
from MotionQCTraining.evaluation.fixed_volumes import Volume
from MotionQCTraining.evaluation.resting_head import Frame


@dataclass(frozen=True)
class Answer:
    """What a model says.

    Parameters
    ----------
    predicted_mm : float or None
        The score; None where the scan was refused.
    low_mm, high_mm : float
        Its 90 % interval, mm.
    codes : tuple of str
        Codes of warnings, and of the refusal; empty for volumes, which nobody checks.
    """

    predicted_mm: float | None
    low_mm: float = 0.0
    high_mm: float = 0.0
    codes: tuple[str, ...] = ()


class Judge:
    """A loaded model.

    Parameters
    ----------
    bundle : ModelBundle
        The model.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle
        metadata = bundle.metadata
        self.frame = Frame(metadata.architecture.grid, metadata.spacing_mm)

    @cached_property
    def _runtime(self) -> Runtime:
        return open_runtime(self.bundle)

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer(self.bundle)

    def volume(self, volume: Volume) -> Answer:
        """Answer for a volume on the model's grid."""
        metadata = self.bundle.metadata
        logits = self._runtime.logits(normalise(volume, metadata.normalisation))
        probability = calibrated_probability(logits, metadata.temperature)
        tail = (1 - INTERVAL_LEVEL) / 2
        score, low, high = (
            max(float(value), 0.0)
            for value in (
                metadata.bins.decode(probability),
                metadata.bins.quantile(probability, tail),
                metadata.bins.quantile(probability, 1 - tail),
            )
        )
        return Answer(score, low, high)

    def scan(self, scan: Scan) -> Answer:
        """Answer for a scan, with warnings; a scan that is refused has no score."""
        try:
            result = self._scorer.score(scan)
        except InputError as error:
            return Answer(None, codes=(f"refused: {error.code}",))
        codes = tuple(warning.code for warning in result.warnings)
        return Answer(result.motion_score_mm, *result.interval_90_mm, codes)

    def key(self, *, of_scans: bool) -> str:
        """Return by what answers of this model are known again.

        Parameters
        ----------
        of_scans : bool
            Whether scans were asked about: then what finds heads and warns counts too.
        """
        code = [*_code(MotionQCLib.scan, "*.py"), *_code(MotionQCLib.scoring, "scorer.py")]
        metadata = self.bundle.metadata
        known = [
            metadata.sha256,
            metadata.label,
            metadata.temperature,
            metadata.normalisation,
            asdict(metadata.bins),
            *([code, metadata.familiarity and asdict(metadata.familiarity)] if of_scans else []),
        ]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]


def _code(package: ModuleType, pattern: str) -> list[str]:
    assert package.__file__ is not None
    files = sorted(Path(package.__file__).parent.glob(pattern))
    return [file.read_text("utf-8") for file in files]
