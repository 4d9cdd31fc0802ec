"""From a scan and a model to a `Result`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.errors import InputError
from MotionQCLib.models import (
    ModelBundle,
    MotionBins,
    RatingHead,
    ScoreClass,
    SiteLimits,
    normalise,
)
from MotionQCLib.models.familiarity import distances
from MotionQCLib.models.metadata import INTERVAL_LEVEL
from MotionQCLib.scan import Conformed, Scan, ScoreWarning, check_scan, conform, read_scan
from MotionQCLib.scoring.calibration import calibrated_probability
from MotionQCLib.scoring.provenance import ScanChecksum, scan_checksum
from MotionQCLib.scoring.result import (
    LARGEST_SCORE_MM,
    Distribution,
    ModelIdentity,
    QualityClass,
    Result,
    SitePlace,
)
from MotionQCLib.scoring.runtimes import DEFAULT_THREADS, Device, Outputs
from MotionQCLib.scoring.spare import SpareRuntime


class Scorer:
    """A loaded model that scores scan after scan.

    Parameters
    ----------
    bundle
        The model, as `models.find_model` gives it.
    device
        Where the network runs, see `runtimes.open_runtime`.
    threads
        CPU threads of the network.
    site_limits
        A site's own limits and reference, made with this model. Where they have limits the class
        comes from them, and not from the model's intervals or ratings: whoever gives them asks
        for that.

    Raises
    ------
    InputError
        The device is not there, or the limits are another model's.
    """

    def __init__(
        self,
        bundle: ModelBundle,
        device: Device = "auto",
        *,
        threads: int = DEFAULT_THREADS,
        site_limits: SiteLimits | None = None,
    ) -> None:
        if site_limits is not None:
            site_limits.require_model(bundle.metadata)
        self.metadata = bundle.metadata
        self._weights = bundle.weights
        self._site_limits = site_limits
        self._runtime = SpareRuntime(bundle, device, threads=threads)

    def score_file(
        self,
        path: str | Path,
        *,
        series: str | None = None,
        seen: Callable[[Conformed], None] = lambda _: None,
    ) -> Result:
        """Read a scan and score it; `series` chooses one of a DICOM folder, `seen` as in `score`.

        Raises
        ------
        InputError
            The file is at fault; the message says how.
        """
        seconds: dict[str, float] = {}
        with _timed(seconds, "read"):
            scan = read_scan(path, series=series)
        result = self.score(scan, path=Path(path), seen=seen)
        seconds.update(result.seconds, total=seconds["read"] + result.seconds["total"])
        return replace(result, input=str(path), seconds=seconds)

    def score(
        self,
        scan: Scan,
        progress: Callable[[str], None] = lambda _: None,
        *,
        path: Path | None = None,
        seen: Callable[[Conformed], None] = lambda _: None,
    ) -> Result:
        """Score a scan in memory.

        Parameters
        ----------
        scan
            The scan; it is not changed.
        progress
            Told each stage as it begins; what it raises ends the scoring.
        path
            The file or folder that the scan was read from, for its checksum.
        seen
            Told what the network sees of it.

        Raises
        ------
        InputError
            There is no head to be found in it; `model-foreign`: the model gives no finite numbers
            for it; `not-readable`: the file is gone by now.
        """
        seconds: dict[str, float] = {}
        progress("finding the head")
        with _timed(seconds, "conform"):
            architecture = self.metadata.architecture
            conformed = conform(scan, architecture.grid, self.metadata.spacing_mm)
        seen(conformed)
        progress("running the network")
        with _timed(seconds, "network"):
            outputs = self._outputs(conformed)
        progress("checking the scan")
        with _timed(seconds, "checks"):
            warnings = [*check_scan(scan, conformed), *self._runtime.warnings]
            checksum = scan_checksum(scan, path)
        seconds["total"] = sum(seconds.values())
        return self._result(scan, checksum, outputs, warnings, seconds)

    def _outputs(self, conformed: Conformed) -> Outputs:
        volume = normalise(conformed.data, self.metadata.normalisation)
        outputs = self._runtime.outputs(volume)
        if not all(np.isfinite(each).all() for each in outputs if each is not None):
            raise InputError(
                "model-foreign",
                f"model {self.metadata.name} gives no finite numbers for this scan; "
                "choose another model.",
            )
        return outputs

    def _result(
        self,
        scan: Scan,
        checksum: ScanChecksum,
        outputs: Outputs,
        warnings: list[ScoreWarning],
        seconds: dict[str, float],
    ) -> Result:
        bins, metadata = self.metadata.bins, self.metadata
        probability = calibrated_probability(outputs.motion, metadata.temperature)
        score = max(float(bins.decode(probability)), 0.0)
        tail = (1 - INTERVAL_LEVEL) / 2
        low, high = (max(float(bins.quantile(probability, q)), 0.0) for q in (tail, 1 - tail))
        return Result(
            input=scan.source,
            checksum=checksum,
            motion_score_mm=score,
            interval_90_mm=(low, high),
            interval=metadata.interval,
            bins=Distribution(tuple(bins.centers.tolist()), tuple(probability.tolist())),
            qc=self._quality(probability, score, outputs.ratings),
            warnings=(*warnings, *self._strangeness(outputs), *_warnings_of_score(score)),
            notes=scan.notes,
            model=ModelIdentity(metadata.name, metadata.sha256, metadata.label),
            runtime=self._runtime.name,
            seconds=seconds,
            site=None if self._site_limits is None else place(score, self._site_limits),
        )

    def _strangeness(self, outputs: Outputs) -> list[ScoreWarning]:
        """Warn of a scan that lies further from what the model knows than its like do."""
        known = self.metadata.familiarity
        if known is None:
            return []
        far = float(distances(outputs.embedding, self._weights))
        if far <= known.limit:
            return []
        return [
            ScoreWarning(
                "unfamiliar",
                f"The scan is unlike those that the model knows: {far / known.limit:.1f} times as "
                f"far as {1 - known.false_alarms:.0%} of such scans. Its score says little.",
            )
        ]

    def _quality(
        self, probability: NDArray[np.float64], score_mm: float, ratings: NDArray[np.float64] | None
    ) -> QualityClass:
        metadata = self.metadata
        if self._site_limits is not None and self._site_limits.classes:
            name, shares = classify(probability, score_mm, metadata.bins, self._site_limits.classes)
            return QualityClass(name, shares, basis="site limits")
        if metadata.ratings is not None and ratings is not None:
            return rate(ratings, metadata.ratings)
        name, shares = classify(probability, score_mm, metadata.bins, metadata.classes)
        return QualityClass(name, shares, basis="score")


def classify(
    probability: NDArray[np.float64],
    score_mm: float,
    bins: MotionBins,
    classes: Sequence[ScoreClass],
) -> tuple[str, dict[str, float]]:
    """Return the class whose interval holds the score, and the probability of every class.

    Parameters
    ----------
    probability : (bins,) array
        The distribution.
    score_mm
        The score, mm.
    bins
        What the distribution is over.
    classes
        Intervals that share the score's axis.
    """
    shares = {
        item.name: float(bins.interval_probability(probability, *item.limits)) for item in classes
    }
    limits = {item.name: item.limits for item in classes}
    name = next(name for name, (low, high) in limits.items() if low <= score_mm < high)
    return name, shares


def place(score_mm: float, site: SiteLimits) -> SitePlace:
    """Where a score, mm, stands among a site's own."""
    limits = site.limits.mm if site.limits is not None else ()
    return SitePlace(site.checksum, site.percentile(score_mm), site.scans, limits)


def rate(outputs: NDArray[np.float64], head: RatingHead) -> QualityClass:
    """The likeliest class by the ratings that a model was fitted to; `outputs` of its head."""
    shares = dict(zip(head.classes, head.probability(outputs).tolist(), strict=True))
    return QualityClass(max(shares, key=shares.__getitem__), shares, basis="ratings")


def _warnings_of_score(score_mm: float) -> list[ScoreWarning]:
    if score_mm <= LARGEST_SCORE_MM:
        return []
    return [
        ScoreWarning(
            "score-beyond-range",
            f"The score lies above {LARGEST_SCORE_MM:g} mm, where the model's range ends: "
            "it says that motion was gross, not how large.",
        )
    ]


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = perf_counter()
    yield
    seconds[stage] = perf_counter() - start
