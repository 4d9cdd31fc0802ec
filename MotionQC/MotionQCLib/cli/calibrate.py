"""`motionqc calibrate`: class limits and a reference distribution from one's own rated scans."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from MotionQCLib.cli.score import at_least_one, exit_status, tell_done, told
from MotionQCLib.errors import InputError, some_of

if TYPE_CHECKING:
    from MotionQCLib.archive.worker import Document
    from MotionQCLib.models import ModelBundle, ModelMetadata, SiteLimits
    from MotionQCLib.scan_table import Row
    from MotionQCLib.site_fit import ScoredScan

NAME = "calibrate"
HELP = "fit class limits and a reference distribution to your own rated scans"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `motionqc calibrate`."""
    parser.add_argument(
        "rated",
        metavar="RATED",
        type=Path,
        help="spreadsheet (CSV, TSV) or manifest with the columns file and rating, whose scans are "
        "scored; or a folder that `motionqc score --output` wrote",
    )
    parser.add_argument(
        "--output", metavar="FILE", type=Path, required=True, help="the file to write (.json)"
    )
    parser.add_argument(
        "--ratings",
        metavar="FILE",
        type=Path,
        help="with a folder: spreadsheet with the columns file and rating",
    )
    parser.add_argument(
        "--order",
        metavar="NAMES",
        default="",
        help='ratings from least motion to most, such as "good,doubtful,bad" (default: numbers '
        "ascending)",
    )
    parser.add_argument("--model", metavar="NAME|PATH", help="see `motionqc models`")
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where the network runs (default: a GPU if PyTorch can use one, else the CPU)",
    )
    parser.add_argument(
        "--reports",
        metavar="DIR",
        type=Path,
        help="with a spreadsheet: where reports go, and are found again (default: beside FILE)",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=at_least_one,
        help="processes that score side by side (default: one a core for more than a few scans)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Score what has no score yet, fit, and write the file.

    Returns
    -------
    int
        0 if all was done, also where the ratings are too few for limits; 2 if a scan was at fault,
        1 if there was a defect of ours: the others are fitted all the same.
    """
    from MotionQCLib.models import DEFAULT_MODEL, find_model, save_site_limits
    from MotionQCLib.site_fit import fit_site

    _require_own(arguments.output)
    model = arguments.model or DEFAULT_MODEL
    bundle = find_model(model)
    order = [name.strip() for name in arguments.order.split(",") if name.strip()]
    if arguments.rated.is_dir():
        scans, status = _from_folder(arguments, bundle.metadata), 0
    else:
        scans, status = _from_spreadsheet(arguments, model, bundle, order)
    if not scans:
        return status
    site = fit_site(scans, bundle.metadata, order)
    save_site_limits(arguments.output, site)
    _print_summary(site)
    _print_use(arguments)
    return status


def _require_own(output: Path) -> None:
    """Refuse to replace a file that is not one of ours."""
    from MotionQCLib.models import load_site_limits

    if not output.exists():
        return
    try:
        load_site_limits(output)
    except InputError as error:
        raise InputError(
            "output-foreign", f"{output}: is there, and no file of site limits; name another file."
        ) from error


def _from_spreadsheet(
    arguments: argparse.Namespace, model: str, bundle: ModelBundle, order: Sequence[str]
) -> tuple[list[ScoredScan], int]:
    """Score the scans that a spreadsheet names; those with a report are passed over."""
    from MotionQCLib.archive.folder import ArchiveFolder
    from MotionQCLib.archive.items import list_items
    from MotionQCLib.archive.run import Crew, score_items
    from MotionQCLib.archive.worker import Work
    from MotionQCLib.scan_table import spreadsheet_rows
    from MotionQCLib.scoring import Result
    from MotionQCLib.site_fit import ScoredScan
    from MotionQCLib.site_fit.rated_reports import one_row_a_scan
    from MotionQCLib.site_fit.scale import plain_ratings, scale_of

    if arguments.ratings is not None:
        raise InputError(
            "usage", "--ratings goes with a folder of reports; a spreadsheet holds its own ratings."
        )
    rows = one_row_a_scan((row.path, row) for row in spreadsheet_rows(arguments.rated))
    if rated := [row.rating for row in rows.values() if row.rating]:
        # A fault of the scale is known before anything is scored.
        scale_of(plain_ratings(rated), order)
    items = list_items(rows)
    _require_one_scan_a_row([item.input for item in items], rows)
    output = arguments.output
    reports = arguments.reports or output.with_name(f"{output.stem}-reports")
    settings = {"device": arguments.device, "series": None}
    work = Work(model, arguments.device, None, reports, settings)
    with ArchiveFolder(reports, bundle.metadata) as folder:
        tell_done(sum(folder.done(item.key) is not None for item in items), len(items))
        scored = score_items(work, bundle, items, folder, Crew(arguments.workers))
        outcomes = list(told(scored, len(items), bar=True, json_lines=False))
    scans = [
        ScoredScan(each.motion_score_mm, rows[each.input].person, rows[each.input].rating)
        for each in outcomes
        if isinstance(each, Result)
    ]
    return scans, exit_status(outcomes)


def _require_one_scan_a_row(inputs: Sequence[str], rows: dict[str, Row]) -> None:
    if several := sorted(rows.keys() - set(inputs)):
        raise InputError(
            "ratings", f"{several[0]}: holds several scans; give every scan a row of its own."
        )


def _from_folder(arguments: argparse.Namespace, metadata: ModelMetadata) -> list[ScoredScan]:
    """Join the reports of a folder with the ratings of a spreadsheet."""
    from MotionQCLib.archive.folder import read_reports
    from MotionQCLib.scan_table import spreadsheet_rows
    from MotionQCLib.site_fit.rated_reports import rated_reports

    if arguments.reports is not None:
        raise InputError("usage", "--reports goes with a spreadsheet; the folder has the reports.")
    documents = _of_model(list(read_reports(arguments.rated)), arguments.rated, metadata)
    rows = [] if arguments.ratings is None else spreadsheet_rows(arguments.ratings)
    scans, absent = rated_reports(documents, rows)
    if rows and len(absent) == len(rows):
        raise InputError(
            "ratings",
            f"{arguments.ratings}: none of its {len(rows)} scans has a report in {arguments.rated};"
            " name scans as the reports do, or give the spreadsheet alone to score them.",
        )
    if absent:
        names = some_of([Path(row.path).name for row in absent])
        print(f"motionqc: rows without a report there: {names}", file=sys.stderr)
    return scans


def _of_model(documents: list[Document], folder: Path, metadata: ModelMetadata) -> list[Document]:
    """Keep the reports that a model made."""
    own = [each for each in documents if each["provenance"]["model"]["sha256"] == metadata.sha256]
    if own:
        return own
    if not documents:
        raise InputError(
            "no-reports",
            f"{folder}: holds no reports; give what `motionqc score --output` wrote, or a "
            "spreadsheet of scans and ratings.",
        )
    names = sorted({str(each["provenance"]["model"]["name"]) for each in documents})
    raise InputError(
        "no-reports",
        f"{folder}: holds no report by {metadata.name}, but by {', '.join(names)}; name that model "
        "with --model.",
    )


def _print_summary(site: SiteLimits) -> None:
    """The classes as a table, then what their limits are worth, then the reference."""
    import numpy as np

    from MotionQCLib.cli.terminal import open_console

    console = open_console()
    if site.ratings:
        console.print(_class_table(site))
    if site.limits is None:
        console.print(f"No limits: {site.without_limits}.", markup=False, style="yellow")
    else:
        low, high = site.limits.balanced_accuracy_interval_90
        console.print(
            f"Balanced accuracy on subjects left out: {site.limits.balanced_accuracy:.2f} "
            f"(90 % {low:.2f} to {high:.2f}; chance {1 / len(site.ratings):.2f})",
            markup=False,
        )
    quarter, middle, rest = np.percentile(site.reference_mm, [25, 50, 75])
    console.print(
        f"Reference: {site.scans} scans of {site.subjects} subjects, median {middle:.2f} mm, half "
        f"of them between {quarter:.2f} and {rest:.2f} mm",
        markup=False,
    )


def _class_table(site: SiteLimits) -> object:
    from rich.table import Table
    from rich.text import Text

    table = Table("Class")
    for title in ("Scans", "Subjects", "Median (mm)", "From (mm)", "90 % interval (mm)"):
        table.add_column(title, justify="right")
    for rated, limit in zip(site.ratings, _lower_limits(site), strict=True):
        figures = (str(rated.scans), str(rated.subjects), f"{rated.median_mm:.2f}")
        table.add_row(Text(rated.name), *figures, *limit)
    return table


def _lower_limits(site: SiteLimits) -> list[tuple[str, str]]:
    """Where each class begins, and how sure that is; nothing where there is no limit."""
    if site.limits is None:
        return [("", "")] * len(site.ratings)
    limits = zip(site.limits.mm, site.limits.intervals_90_mm, strict=True)
    return [("", ""), *((f"{mm:.2f}", f"{low:.2f} to {high:.2f}") for mm, (low, high) in limits)]


def _print_use(arguments: argparse.Namespace) -> None:
    model = f" --model {quote(arguments.model)}" if arguments.model else ""
    use = f"motionqc score SCAN --site-limits {quote(str(arguments.output))}{model}"
    print(f"Wrote {arguments.output}; use it: {use}")
