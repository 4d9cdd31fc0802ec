"""``motionqc pretrain``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config, presets
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.limits import POSITIVE, number_argument
from MotionQCTraining.running.devices import is_first_process
from MotionQCTraining.running.session import add_device_options, add_session_options, session


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc pretrain``: train a motion scorer on synthetic motion."""
    parser = argparse.ArgumentParser(prog="motionqc pretrain", description=main.__doc__)
    known = ", ".join(presets("pretrain"))
    parser.add_argument("--config", required=True, help=f"a preset ({known}) or a YAML file")
    parser.add_argument("--data", required=True, type=Path, help="manifest of scans (.tsv)")
    parser.add_argument("--output", required=True, type=Path, help="run folder, resumed if there")
    parser.add_argument(
        "--minutes",
        type=number_argument(POSITIVE),
        help="stop after so long, to go on by the same command: for machines lent by the piece",
    )
    parser.add_argument(
        "--pack",
        type=Path,
        metavar="FOLDER",
        help="prepare scans and pack them there, without training; its scans.tsv is for --data, "
        "also on a machine without the scans themselves",
    )
    add_session_options(parser)
    add_device_options(parser)
    arguments = parser.parse_args(argv)
    with session(arguments) as run:
        if arguments.minutes:
            run.stop.ask_in(60 * arguments.minutes)
        config = load_config(arguments.config, PretrainConfig, arguments.set)
        rows = read_manifest(arguments.data)
        # What has to be loaded for the rest takes seconds.
        from MotionQCTraining.pretrain import pretrain
        from MotionQCTraining.pretraining.scans import pack

        run.begin(arguments.output, config, arguments.data)
        if arguments.pack:
            manifest = pack(config, rows, arguments.output, arguments.pack, run.say)
            run.complete(f"packed scans: {manifest}", packed=str(manifest))
            return 0
        model = pretrain(config, rows, arguments.output, run)
        if model is not None:
            run.complete(f"model: {model}", model=str(model))
        elif is_first_process():
            run.stopped()
    return 0
