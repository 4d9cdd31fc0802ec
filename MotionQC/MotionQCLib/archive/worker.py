"""What scores one scan after the other, in this process, in another, or on another machine."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from MotionQCLib.archive.failure import DEFECT_CODE, Failure
from MotionQCLib.archive.items import Item
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, SiteLimits, find_model
from MotionQCLib.scan import Conformed
from MotionQCLib.scoring import Scorer
from MotionQCLib.scoring.report import Reporter
from MotionQCLib.scoring.report_page import Slice, to_png
from MotionQCLib.scoring.result import Result

Document = Mapping[str, Any]
Outcome: TypeAlias = "tuple[Result, Document] | Failure"
"""A result and its report, which is empty where none is written; or why there is none."""
_PICTURE_HEIGHT = 192
_WHITE = 1.1


@dataclass(frozen=True)
class Work:
    """What every worker is told; it crosses to other processes and machines.

    Parameters
    ----------
    model : str
        Name or path.
    device : str
        Where the network runs.
    series : str or None
        Which DICOM series.
    output : Path or None
        Folder of reports; None writes none.
    settings : dict
        For the reports' provenance.
    threads : int or None
        CPU threads of one worker's network; None is the default of a single one.
    site_limits : SiteLimits or None
        A site's own limits for this model.
    """

    model: str
    device: Literal["auto", "cpu", "cuda"] = "auto"
    series: str | None = None
    output: Path | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    threads: int | None = None
    site_limits: SiteLimits | None = None


class Worker:
    """A loaded model and where its reports go.

    Parameters
    ----------
    work
        What to do.
    bundle
        The model, where it has been loaded already.

    Raises
    ------
    InputError
        The model or the device is not there, or the site limits are another model's.
    """

    def __init__(self, work: Work, bundle: ModelBundle | None = None) -> None:
        bundle = bundle or find_model(work.model)
        threads = {} if work.threads is None else {"threads": work.threads}
        self._scorer = Scorer(bundle, work.device, **threads, site_limits=work.site_limits)
        self._series = work.series
        self._reporter = (
            Reporter(work.output, bundle.metadata, work.settings, work.site_limits)
            if work.output
            else None
        )

    def outcome(self, item: Item) -> Outcome:
        """Score a scan, and write its report if there is a folder for it; never raises."""
        try:
            return self._score(item)
        except InputError as error:
            return Failure.of(item, error.code, error.message)
        except Exception as error:
            message = (
                f"{item.path.name}: not scored because of a defect of MotionQC "
                f"({type(error).__name__})."
            )
            return Failure.of(item, DEFECT_CODE, message, traceback.format_exc())

    def _score(self, item: Item) -> tuple[Result, Document]:
        seen: list[bytes] = []

        def keep(conformed: Conformed) -> None:
            if self._reporter is not None:
                seen.append(picture(conformed))

        result = self._scorer.score_file(item.path, series=item.series or self._series, seen=keep)
        result = replace(result, input=item.input)
        if self._reporter is None:
            return result, {}
        document = self._reporter.write(
            result,
            item.path,
            key=item.key,
            alone=item.alone,
            site=item.site,
            picture=seen[0],
        )
        return result, document


class RemoteWorker:
    """A worker in another process, or what is at fault that it could not begin.

    Raised at the beginning, that would pass for a killed process.
    """

    def __init__(self, work: Work) -> None:
        self._worker: Worker | InputError
        try:
            self._worker = Worker(work)
        except InputError as error:
            self._worker = error

    def outcome(self, item: Item) -> Outcome | InputError:
        """Score a scan as `Worker.outcome` does, or say why there is no worker."""
        worker = self._worker
        return worker if isinstance(worker, InputError) else worker.outcome(item)


def picture(conformed: Conformed) -> bytes:
    """Return a PNG of three slices through the middle of a conformed scan, as one looks at them."""
    volume = conformed.data
    i, j, k = (n // 2 for n in volume.shape)
    # The patient's right is on the left, front and top are up.
    planes = [volume[::-1, ::-1, k].T, volume[::-1, j, ::-1].T, volume[i, ::-1, ::-1].T]
    height = max(plane.shape[0] for plane in planes)
    padded = [np.pad(p, ((0, height - p.shape[0]), (0, 0))) for p in planes]
    gray = np.clip(np.hstack(padded) * (255 / _WHITE), 0, 255).astype(np.uint8)
    return to_png(Slice("", gray), _PICTURE_HEIGHT)
