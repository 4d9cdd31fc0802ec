"""`motionqc score`: the motion of one scan or many, in millimetres."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from MotionQCLib.cli.short_names import short_names
from MotionQCLib.errors import InputError

if TYPE_CHECKING:
    from MotionQCLib.models import ModelMetadata
    from MotionQCLib.scoring import Result, Scorer
    from MotionQCLib.scoring.report import Report

NAME = "score"
HELP = "say how much the head moved in a T1-weighted scan, in mm"

DEFECT_CODE = "defect"
MOST_NAMES = 5
"""Scans that a warning lists by name."""


@dataclass(frozen=True)
class Failure:
    """Why a scan has no score; `defect` if the fault is ours."""

    input: str
    code: str
    message: str

    def to_json(self) -> dict[str, object]:
        """What `--json` prints in place of a result."""
        return {"input": self.input, "error": {"code": self.code, "message": self.message}}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `motionqc score`."""
    parser.add_argument(
        "scan",
        nargs="+",
        metavar="SCAN",
        help="image file (NIfTI, MGH, NRRD, MetaImage), DICOM folder or zip, or BIDS folder",
    )
    parser.add_argument("--model", metavar="NAME|PATH", help="see `motionqc models`")
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where the network runs (default: a GPU if PyTorch can use one, else the CPU)",
    )
    parser.add_argument(
        "--output", metavar="DIR", type=Path, help="write JSON, figure and table into this folder"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a scan")
    parser.add_argument("--series", metavar="N", help="which series of a DICOM folder or zip")


def run(arguments: argparse.Namespace) -> int:
    """Score every scan; one that fails stops no other.

    Returns
    -------
    int
        0 if all were scored, 2 if an input was at fault, 1 if there was a defect of ours.
    """
    from MotionQCLib.models import DEFAULT_MODEL, find_model
    from MotionQCLib.scan import expand_inputs
    from MotionQCLib.scoring import Scorer

    paths = [path for given in arguments.scan for path in expand_inputs(given)]
    bundle = find_model(arguments.model or DEFAULT_MODEL)
    report = _open_report(arguments, bundle.metadata)
    scorer = Scorer(bundle, arguments.device)

    def score(path: Path) -> Result:
        return score_file(scorer, path, series=arguments.series, report=report)

    outcomes = []
    for outcome in _outcomes(paths, score, bar=not (arguments.json and sys.stdout.isatty())):
        outcomes.append(outcome)
        if isinstance(outcome, Failure):
            print(f"motionqc: {outcome.message}", file=sys.stderr, flush=True)
        if arguments.json:
            print(json.dumps(outcome.to_json(), allow_nan=False), flush=True)
    if not arguments.json:
        _print_table(outcomes, bundle.metadata)
    return _exit_status(outcomes)


def score_file(
    scorer: Scorer, path: Path, *, series: str | None = None, report: Report | None = None
) -> Result:
    """Score a file, and write it into the report if there is one.

    Raises
    ------
    InputError
        The file is at fault, or the report's folder cannot be written.
    """
    result = scorer.score_file(path, series=series)
    if report is not None:
        report.write(result, path)
    return result


def _open_report(arguments: argparse.Namespace, metadata: ModelMetadata) -> Report | None:
    if arguments.output is None:
        return None
    from MotionQCLib.scoring.report import Report

    settings = {"device": arguments.device, "series": arguments.series}
    return Report(arguments.output, metadata, settings)


def _outcomes(
    paths: list[Path], score: Callable[[Path], Result], *, bar: bool
) -> Iterator[Result | Failure]:
    from MotionQCLib.cli.terminal import progress

    with progress("scoring", len(paths), shown=bar and len(paths) > 1) as begin:
        for path in paths:
            begin(path.name)
            try:
                yield score(path)
            except InputError as error:
                yield Failure(str(path), error.code, error.message)
            except Exception as error:
                traceback.print_exc()
                kind = type(error).__name__
                message = f"{path.name}: not scored because of a defect of MotionQC ({kind})."
                yield Failure(str(path), DEFECT_CODE, message)


def _exit_status(outcomes: list[Result | Failure]) -> int:
    codes = {outcome.code for outcome in outcomes if isinstance(outcome, Failure)}
    if DEFECT_CODE in codes:
        return 1
    return 2 if codes else 0


def _print_table(outcomes: list[Result | Failure], metadata: ModelMetadata) -> None:
    """Scores as a table, then warnings and notes, then what to know about the model."""
    from MotionQCLib.cli.terminal import open_console

    results = [outcome for outcome in outcomes if not isinstance(outcome, Failure)]
    if not results:
        return
    console = open_console()
    console.print(result_table(results))
    for line in warning_lines(results):
        console.print(line, markup=False, style="yellow")
    for line in note_lines(results):
        console.print(line, markup=False, style="dim")
    console.print(model_notice(metadata), markup=False, style="dim")


def result_table(results: list[Result]) -> object:
    """A rich table with one row a result."""
    from rich.table import Table
    from rich.text import Text

    table = Table("Scan")
    table.add_column("Motion (mm)", justify="right")
    table.add_column("90 % interval (mm)", justify="right")
    table.add_column("Class (probability)")
    table.add_column("Warnings", justify="right")
    names = short_names(result.input for result in results)
    for result in results:
        share = result.qc.probability[result.qc.name]
        table.add_row(
            Text(names[result.input], overflow="fold"),
            result.score_text,
            result.interval_text,
            Text(f"{result.qc.name} ({share:.0%})"),
            str(len(result.warnings)) if result.warnings else "",
        )
    return table


def warning_lines(results: list[Result]) -> list[str]:
    """One line a distinct warning, with the scans that it is about."""
    names = short_names(result.input for result in results)
    return _grouped(
        (f"{warning.message} ({warning.code})", names[result.input])
        for result in results
        for warning in result.warnings
    )


def note_lines(results: list[Result]) -> list[str]:
    """One line a distinct note of a scan's reader, with the scans that it is about."""
    names = short_names(result.input for result in results)
    return _grouped(
        (note.rstrip("."), names[result.input]) for result in results for note in result.notes
    )


def _grouped(remarks: Iterable[tuple[str, str]]) -> list[str]:
    """Each remark once, with the names of the scans that it was made on."""
    concerned: dict[str, list[str]] = {}
    for remark, name in remarks:
        concerned.setdefault(remark, []).append(name)
    return [f"{remark}: {_enumerate(names)}" for remark, names in concerned.items()]


def _enumerate(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def model_notice(metadata: ModelMetadata) -> str:
    """What to know about the figures above it."""
    from MotionQCLib.scoring import RESEARCH_USE

    rated = "; class by the ratings that the model was fitted to" if metadata.ratings else ""
    return (
        f"Model {metadata.name} {metadata.version} ({metadata.status}), score “{metadata.label}”; "
        f"interval calibrated on {metadata.interval.calibrated_on}{rated}. {RESEARCH_USE}"
    )
