"""`motionqc score`: the motion of one scan or many, in millimetres."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from MotionQCLib.archive.failure import DEFECT_CODE, Failure

if TYPE_CHECKING:
    from MotionQCLib.archive.items import Item
    from MotionQCLib.archive.worker import Outcome
    from MotionQCLib.models import ModelMetadata, SiteLimits
    from MotionQCLib.scoring import Result

NAME = "score"
HELP = "say how much the head moved in a T1-weighted scan, in mm"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `motionqc score`."""
    parser.add_argument(
        "scan",
        nargs="+",
        metavar="SCAN",
        help="image file (NIfTI, MGH, NRRD, MetaImage), DICOM folder or zip, BIDS folder, or any "
        "other folder of image files",
    )
    parser.add_argument("--model", metavar="NAME|PATH", help="see `motionqc models`")
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where the network runs (default: a GPU if PyTorch can use one, else the CPU)",
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        help="write reports, a table and a page about all scans into this folder; scans that have "
        "a report there are not scored again",
    )
    parser.add_argument(
        "--site-limits",
        metavar="FILE",
        type=Path,
        help="take classes and percentiles from what `motionqc calibrate` made of your own scans; "
        "its limits come before the model's",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a scan")
    parser.add_argument("--series", metavar="N", help="which series of a DICOM folder or zip")
    many = parser.add_argument_group("many scans")
    many.add_argument(
        "--workers",
        metavar="N",
        type=at_least_one,
        help="processes that score side by side (default: one a core for more than a few scans)",
    )
    many.add_argument(
        "--ray", metavar="ADDRESS", help="score on a Ray cluster: auto, host:port, ray://, or local"
    )
    many.add_argument(
        "--again", action="store_true", help="score scans again that have a report in --output"
    )
    many.add_argument(
        "--count",
        action="store_true",
        help="first print an object that says how many scans there are, and how many of them have "
        "a report (done)",
    )
    many.add_argument(
        "--stop-file",
        metavar="PATH",
        type=Path,
        help="stop once it exists, after the scans at hand; what is done is kept",
    )


def at_least_one(word: str) -> int:
    """Read an option that counts."""
    if not word.isdigit() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r}: give a whole number from 1 on")
    return int(word)


def run(arguments: argparse.Namespace) -> int:
    """Score every scan; one that fails stops no other.

    Returns
    -------
    int
        0 if all were scored, 2 if an input was at fault, 1 if there was a defect of ours.
    """
    from MotionQCLib.archive.folder import ArchiveFolder
    from MotionQCLib.archive.items import list_items
    from MotionQCLib.archive.run import Crew, score_items
    from MotionQCLib.archive.worker import Work
    from MotionQCLib.cli.score_table import print_scores
    from MotionQCLib.models import DEFAULT_MODEL, find_model

    items = list_items(arguments.scan, arguments.series)
    model = arguments.model or DEFAULT_MODEL
    bundle = find_model(model)
    site = _site_limits(arguments.site_limits, bundle.metadata)
    settings = {"device": arguments.device, "series": arguments.series}
    work = Work(
        model, arguments.device, arguments.series, arguments.output, settings, site_limits=site
    )
    crew = Crew(arguments.workers, arguments.ray)
    with ExitStack() as stack:
        folder = None
        if arguments.output is not None:
            folder = stack.enter_context(
                ArchiveFolder(
                    arguments.output,
                    bundle.metadata,
                    arguments.series,
                    again=arguments.again,
                    site_limits=site,
                )
            )
        done = 0 if folder is None else sum(folder.done(item.key) is not None for item in items)
        tell_done(done, len(items))
        if arguments.count:
            print(json.dumps({"scans": len(items), "done": done}), flush=True)
        scored = stack.enter_context(
            closing(_until(arguments.stop_file, score_items(work, bundle, items, folder, crew)))
        )
        bar = len(items) > 1 and not (arguments.json and sys.stdout.isatty())
        outcomes = list(told(scored, len(items), bar=bar, json_lines=arguments.json))
    if not arguments.json:
        print_scores(outcomes, bundle.metadata, site)
    return exit_status(outcomes)


def _until(
    stop_file: Path | None, scored: Iterator[tuple[Item, Outcome]]
) -> Generator[tuple[Item, Outcome], None, None]:
    """Pass on what becomes of scans until the file exists."""
    for known in scored:
        yield known
        if stop_file is not None and stop_file.exists():
            return


def _site_limits(file: Path | None, metadata: ModelMetadata) -> SiteLimits | None:
    from MotionQCLib.models import load_site_limits

    if file is None:
        return None
    limits = load_site_limits(file)
    limits.require_model(metadata)
    return limits


def tell_done(done: int, scans: int) -> None:
    """Say how many scans need not be scored, if any."""
    if done:
        print(
            f"motionqc: {done} of {scans} scans have a report there already (--again scores them)",
            file=sys.stderr,
            flush=True,
        )


def told(
    scored: Iterator[tuple[Item, Outcome]], scans: int, *, bar: bool, json_lines: bool
) -> Iterator[Result | Failure]:
    """Say what becomes of every scan when it is known, and pass it on."""
    from MotionQCLib.cli.terminal import progress

    with progress("scoring", scans, shown=bar) as done:
        for item, outcome in scored:
            known = outcome if isinstance(outcome, Failure) else outcome[0]
            if isinstance(known, Failure):
                print(f"{known.details}motionqc: {known.message}", file=sys.stderr, flush=True)
            if json_lines:
                print(json.dumps(known.to_json(), allow_nan=False), flush=True)
            done(item.path.name)
            yield known


def exit_status(outcomes: Iterable[Result | Failure]) -> int:
    """Return 0 where all were scored, 1 where there was a defect of ours, else 2."""
    codes = {outcome.code for outcome in outcomes if isinstance(outcome, Failure)}
    if DEFECT_CODE in codes:
        return 1
    return 2 if codes else 0
