"""``motionqc manifest``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from MotionQCTraining.data.listing import bids_rows
from MotionQCTraining.data.manifest import write_manifest


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc manifest``: list the scans of BIDS folders."""
    parser = argparse.ArgumentParser(prog="motionqc manifest", description=main.__doc__)
    parser.add_argument("folder", nargs="+", help="BIDS folder, one a site")
    parser.add_argument("-o", "--output", required=True, help="the manifest to write (.tsv)")
    arguments = parser.parse_args(argv)
    rows = [row for folder in arguments.folder for row in bids_rows(folder)]
    write_manifest(rows, arguments.output)
    persons = len({row.person for row in rows})
    print(f"{arguments.output}: {len(rows)} scans of {persons} subjects")
    return 0
