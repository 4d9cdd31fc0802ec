"""``motionqc evaluate``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.models import find_model
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.evaluate import evaluate, record, require_file, table
from MotionQCTraining.limits import count_argument
from MotionQCTraining.overrides import add_overrides


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc evaluate``: figures on held-out subjects and unseen sites."""
    parser = argparse.ArgumentParser(prog="motionqc evaluate", description=main.__doc__)
    parser.add_argument("--config", required=True, help="preset or file the model was trained with")
    add_overrides(parser)
    parser.add_argument("--data", required=True, help="manifest the model was trained from (.tsv)")
    parser.add_argument("--output", required=True, type=Path, help="folder; resumed if it exists")
    parser.add_argument("--model", default="motionqc-t1w-preview", help="model name or file")
    parser.add_argument("--unseen", help="manifest of scans from sites not trained on (.tsv)")
    parser.add_argument(
        "--draws", type=count_argument, default=6, help="moved versions of every test scan"
    )
    parser.add_argument("--floor", action="store_true", help="also fit and judge the regression")
    parser.add_argument("--record", action="store_true", help="write card and figures to the model")
    arguments = parser.parse_args(argv)
    bundle = find_model(arguments.model)
    if arguments.record:
        require_file(Path(arguments.model))
    report = evaluate(
        bundle,
        load_config(arguments.config, PretrainConfig, arguments.set),
        read_manifest(arguments.data),
        read_manifest(arguments.unseen) if arguments.unseen else [],
        arguments.output,
        draws=arguments.draws,
        floor=arguments.floor,
    )
    arguments.output.mkdir(parents=True, exist_ok=True)
    write_atomically(arguments.output / "evaluation.json", json.dumps(report, indent=1))
    print(table(report))
    if arguments.record:
        record(Path(arguments.model), bundle, report)
    return 0
