"""``motionqc compare``."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.motion.trajectory import Axis
from MotionQCTraining.judging.detail_comparison import compare, table, to_json
from MotionQCTraining.limits import count_argument

RECORD = "fine_detail.json"


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc compare``: fine detail of simulated scans beside that of really moved ones."""
    parser = argparse.ArgumentParser(prog="motionqc compare", description=main.__doc__)
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="BIDS folder of heads that lay still and moved (default: $MOTIONQC_DATA/ds004173)",
    )
    parser.add_argument("--output", required=True, type=Path, help="folder; resumed if it exists")
    parser.add_argument(
        "--scores", type=float, nargs="+", default=[0.3, 0.5, 1.0, 2.0], help="mm to simulate"
    )
    parser.add_argument("--draws", type=count_argument, default=2, help="simulations of each kind")
    parser.add_argument("--axis", choices=get_args(Axis), default="AP", help="slab axis")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)
    if min(arguments.scores) <= 0:
        parser.error(f"argument --scores: {min(arguments.scores)} was given; give mm above 0")
    lines = compare(
        arguments.folder or _default_folder(),
        arguments.output / "prepared",
        scores_mm=arguments.scores,
        draws=arguments.draws,
        axis=arguments.axis,
        seed=arguments.seed,
        report=print,
    )
    write_atomically(arguments.output / RECORD, json.dumps(to_json(lines), indent=1))
    print(table(lines))
    return 0


def _default_folder() -> Path:
    data = os.environ.get("MOTIONQC_DATA")
    if not data:
        raise InputError("folder", "no folder was given; name one or set MOTIONQC_DATA")
    return Path(data) / "ds004173"
