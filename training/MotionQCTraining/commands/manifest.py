"""``motionqc manifest``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from MotionQCTraining.data.dry_run import dry_run, table
from MotionQCTraining.data.listing import list_rows
from MotionQCTraining.data.manifest import Row, read_manifest, write_manifest


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc manifest``: list scans for training, and say what is wrong with them.

    Exit status 2 where something must be mended before training.
    """
    parser = argparse.ArgumentParser(prog="motionqc manifest", description=main.__doc__)
    parser.add_argument(
        "source",
        nargs="*",
        help="BIDS folder, folder of BIDS folders, folder of scans, or spreadsheet (CSV, TSV)",
    )
    parser.add_argument("-o", "--output", type=Path, help="the manifest to write (.tsv)")
    parser.add_argument("--check", metavar="MANIFEST", help="look at a manifest, and write none")
    parser.add_argument("--site", help="the site of all these scans")
    parser.add_argument(
        "--subject", metavar="REGEX", help="finds the subject in a path: its first group, or all"
    )
    parser.add_argument("--quick", action="store_true", help="do not read the scans")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args(argv)
    if arguments.check and (arguments.source or arguments.output):
        parser.error("--check takes no folder and no --output")
    if not arguments.check and not (arguments.source and arguments.output):
        parser.error("give folders or spreadsheets and --output, or --check and a manifest")
    rows = _rows(arguments)
    run = dry_run(rows, read=not arguments.quick, progress=_progress)
    if arguments.output:
        write_manifest(rows, arguments.output)
        print(f"{arguments.output}: {run.scans} scans of {run.subjects} subjects", file=sys.stderr)
    print(json.dumps(run.to_json(), indent=1) if arguments.json else table(run))
    return 0 if run.passed else 2


def _rows(arguments: argparse.Namespace) -> list[Row]:
    if arguments.check:
        return read_manifest(arguments.check, require_files=False)
    return [
        row
        for source in arguments.source
        for row in list_rows(source, site=arguments.site, subject=arguments.subject)
    ]


def _progress(number: int, total: int, person: str) -> None:
    """Say which scan is read: on one line of a terminal, as every tenth part of a log."""
    if sys.stderr.isatty():
        end = "\n" if number == total else ""
        print(
            f"\r\033[Kreading {number} of {total}: {person}", end=end, file=sys.stderr, flush=True
        )
    elif number % max(1, total // 10) == 0:
        print(f"reading {number} of {total}: {person}", file=sys.stderr, flush=True)
