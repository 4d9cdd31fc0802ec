"""What scoring one scan gives: plain numbers and words, and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any, Literal

from MotionQCLib.models import IntervalSource
from MotionQCLib.scan import ScoreWarning
from MotionQCLib.scoring.provenance import ScanChecksum

RESEARCH_USE = "For research use, not for diagnosis."
LARGEST_SCORE_MM = 4.0
"""Above this the score is a sign of gross motion, and its millimetres are not to be trusted."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Distribution:
    """Probability of each motion bin, and the bins' centres in mm."""

    centers: tuple[float, ...]
    probability: tuple[float, ...]


@dataclass(frozen=True)
class QualityClass:
    """The QC class, the probability of each, and what they rest on.

    The basis is the model's own intervals of the `score`, the `ratings` that the model was fitted
    to, or the `site limits` that the user gave. Limits that were given come before either.
    """

    name: str
    probability: Mapping[str, float]
    basis: Literal["score", "ratings", "site limits"] = "score"


@dataclass(frozen=True)
class SitePlace:
    """Where a score stands among a site's own scans.

    Parameters
    ----------
    sha256
        Checksum of the file of site limits.
    percentile
        Share of the site's scans with a lower score, %.
    scans
        How many scans those are.
    limits_mm
        Limits between the site's classes, mm, ascending; empty where the file has none.
    """

    sha256: str
    percentile: float
    scans: int
    limits_mm: tuple[float, ...] = ()


@dataclass(frozen=True)
class ModelIdentity:
    """Which model scored, and which motion score it predicts."""

    name: str
    sha256: str
    label: str


@dataclass(frozen=True)
class Result:
    """The motion score of one scan.

    Parameters
    ----------
    input
        What was scored, as the user named it.
    checksum
        By which it is known again.
    motion_score_mm
        Expectation of the distribution, mm, not below 0.
    interval_90_mm
        5 % and 95 % quantiles of the distribution, mm, not below 0.
    interval
        Origin of that interval.
    bins
        The calibrated distribution.
    qc
        The QC class.
    warnings
        Reasons for distrust; empty where none was found.
    notes
        What the scan's reader wants to be known, such as the DICOM series that it took.
    model
        What scored.
    runtime
        Library, device and precision.
    seconds
        Duration by stage.
    site
        Where the score stands among a site's scans; None without site limits.
    """

    input: str
    checksum: ScanChecksum
    motion_score_mm: float
    interval_90_mm: tuple[float, float]
    interval: IntervalSource
    bins: Distribution
    qc: QualityClass
    warnings: tuple[ScoreWarning, ...]
    notes: tuple[str, ...]
    model: ModelIdentity
    runtime: str
    seconds: Mapping[str, float]
    site: SitePlace | None = None

    @property
    def score_text(self) -> str:
        """The score for people, in mm."""
        return mm_text(self.motion_score_mm)

    @property
    def interval_text(self) -> str:
        """The 90 % interval for people, in mm."""
        return interval_text(self.interval_90_mm)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any], source: str) -> Result:
        """Return the result that ``to_json`` gave, of an input named ``source``.

        Raises
        ------
        KeyError, TypeError
            It is not of this form.
        """
        low, high = plain["interval_90_mm"]
        return cls(
            input=source,
            checksum=ScanChecksum(**plain["checksum"]),
            motion_score_mm=plain["motion_score_mm"],
            interval_90_mm=(low, high),
            interval=IntervalSource(**plain["interval"]),
            bins=Distribution(tuple(plain["bins"]["centers"]), tuple(plain["bins"]["probability"])),
            qc=QualityClass(plain["qc"]["class"], plain["qc"]["probability"], plain["qc"]["basis"]),
            warnings=tuple(ScoreWarning(**each) for each in plain["warnings"]),
            notes=tuple(plain["notes"]),
            model=ModelIdentity(**plain["model"]),
            runtime=plain["runtime"],
            seconds=plain["seconds"],
            site=_site_place(plain.get("site_limits")),
        )

    def to_json(self) -> dict[str, Any]:
        """A dictionary for `json.dumps`, with the fields and order that programs rely on."""
        return {
            "input": self.input,
            "checksum": {"sha256": self.checksum.sha256, "of": self.checksum.of},
            "motion_score_mm": self.motion_score_mm,
            "interval_90_mm": list(self.interval_90_mm),
            "interval": {
                "method": self.interval.method,
                "calibrated_on": self.interval.calibrated_on,
            },
            "bins": {
                "centers": list(self.bins.centers),
                "probability": list(self.bins.probability),
            },
            "qc": {
                "class": self.qc.name,
                "probability": dict(self.qc.probability),
                "basis": self.qc.basis,
            },
            "site_limits": None
            if self.site is None
            else {
                "sha256": self.site.sha256,
                "percentile": self.site.percentile,
                "scans": self.site.scans,
                "limits_mm": list(self.site.limits_mm),
            },
            "warnings": [{"code": item.code, "message": item.message} for item in self.warnings],
            "notes": list(self.notes),
            "model": {
                "name": self.model.name,
                "sha256": self.model.sha256,
                "label": self.model.label,
            },
            "runtime": self.runtime,
            "seconds": dict(self.seconds),
        }


def mm_text(mm: float) -> str:
    """Return millimetres as people read them; what lies beyond the model's range as such."""
    return f"> {LARGEST_SCORE_MM:g}" if mm > LARGEST_SCORE_MM else f"{mm:.2f}"


def interval_text(interval_mm: Sequence[float]) -> str:
    """Return an interval ``(low, high)``, mm, as people read it."""
    return " to ".join(mm_text(mm) for mm in interval_mm)


def place_text(percentile: float, scans: int) -> str:
    """Return where a score stands among a site's scans as people read it."""
    return f"higher than {whole_percent(percentile)} % of the site's {scans} scans"


def whole_percent(percentile: float) -> int:
    """Return a percentile rounded down, so that 100 is said only of a score above all others."""
    return floor(percentile + _ROUNDING)


def _site_place(plain: Mapping[str, Any] | None) -> SitePlace | None:
    return None if plain is None else SitePlace(**{**plain, "limits_mm": tuple(plain["limits_mm"])})
