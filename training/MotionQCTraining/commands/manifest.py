"""``motionqc manifest``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from MotionQCTraining.counted import counted
from MotionQCTraining.data.dry_run import dry_run, table
from MotionQCTraining.data.head_set import synthesise_heads
from MotionQCTraining.data.label_heads import HeadDraws
from MotionQCTraining.data.listing import list_rows
from MotionQCTraining.data.manifest import Row, read_manifest, write_manifest
from MotionQCTraining.limits import SHARE, count_argument, number_argument

HEADS_MANIFEST = "manifest.tsv"


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc manifest``: list scans for training, and say what is wrong with them.

    Without ``--output`` nothing is written. Exit status 2 where something must be mended before
    training.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    ways = [bool(arguments.source), bool(arguments.check), bool(arguments.labels)]
    if sum(ways) != 1:
        parser.error("give folders or spreadsheets, or --check and a manifest, or --labels")
    if arguments.check and arguments.output:
        parser.error("--check writes nothing; leave out --output")
    if arguments.labels and not arguments.output:
        parser.error("--labels takes --output, the folder of the heads")
    if arguments.labels:
        return _synthesise(arguments)
    rows = _rows(arguments)
    run = dry_run(rows, read=not arguments.quick, progress=_Progress("reading"))
    if arguments.output:
        _write(rows, arguments.output)
    print(json.dumps(run.to_json(), indent=1) if arguments.json else table(run))
    return 0 if run.passed else 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="motionqc manifest", description=main.__doc__)
    add = parser.add_argument
    add(
        "source",
        nargs="*",
        help="BIDS folder, folder of BIDS folders, folder of scans, or spreadsheet (CSV, TSV)",
    )
    add(
        "-o",
        "--output",
        type=Path,
        help="the manifest to write (.tsv); of heads, their folder (default: look, write nothing)",
    )
    add("--check", metavar="MANIFEST", help="look at a manifest, and write none")
    add("--site", help="the site of all these scans")
    add("--subject", metavar="REGEX", help="finds the subject in a path: its first group, or all")
    add("--quick", action="store_true", help="do not read the scans")
    add("--json", action="store_true", help="print one JSON object")
    heads = parser.add_argument_group("heads synthesised from label maps")
    add = heads.add_argument
    add("--labels", metavar="FOLDER", help="folder of FreeSurfer label maps of whole heads")
    add("--heads", type=count_argument, default=100, help="how many heads (default: %(default)s)")
    add("--contrast", choices=("t1", "t2"), default="t1", help="like a T1 or a T2 image")
    share = number_argument(SHARE)
    add("--faces", type=share, default=0.5, help="share that keeps the face (default: %(default)s)")
    add("--seed", type=int, default=0, help="seed of the draws")
    return parser


def _rows(arguments: argparse.Namespace) -> list[Row]:
    if arguments.check:
        return read_manifest(arguments.check, require_files=False)
    return [
        row
        for source in arguments.source
        for row in list_rows(source, site=arguments.site, subject=arguments.subject)
    ]


def _synthesise(arguments: argparse.Namespace) -> int:
    rows = synthesise_heads(
        arguments.labels,
        arguments.output,
        arguments.heads,
        draws=HeadDraws(contrast=arguments.contrast, faces=arguments.faces),
        seed=arguments.seed,
        report=_Progress("synthesising"),
    )
    _write(rows, arguments.output / HEADS_MANIFEST)
    return 0


def _write(rows: Sequence[Row], path: Path) -> None:
    write_manifest(rows, path)
    persons = len({row.person for row in rows})
    told = f"{counted(len(rows), 'scan')} of {counted(persons, 'subject')}"
    print(f"{path}: {told}", file=sys.stderr)


class _Progress:
    """Says which scan it is: on one line of a terminal, and at every tenth of a log."""

    def __init__(self, doing: str) -> None:
        self.doing = doing

    def __call__(self, number: int, total: int, name: str) -> None:
        line = f"{self.doing} {number} of {total}: {name}"
        if sys.stderr.isatty():
            end = "\n" if number == total else ""
            print(f"\r\033[K{line}", end=end, file=sys.stderr, flush=True)
        elif number % max(1, total // 10) == 0:
            print(line, file=sys.stderr, flush=True)
