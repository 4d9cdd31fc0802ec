"""``motionqc pretrain``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.pretrain import pretrain
from MotionQCTraining.running.devices import is_first_process
from MotionQCTraining.running.session import add_device_options, add_session_options, session


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc pretrain``: train a motion scorer on synthetic motion."""
    parser = argparse.ArgumentParser(prog="motionqc pretrain", description=main.__doc__)
    parser.add_argument("--config", required=True, help="a preset's name or a YAML file")
    parser.add_argument("--data", required=True, type=Path, help="manifest of scans (.tsv)")
    parser.add_argument("--output", required=True, type=Path, help="run folder, resumed if there")
    add_session_options(parser)
    add_device_options(parser)
    arguments = parser.parse_args(argv)
    with session(arguments) as run:
        config = load_config(arguments.config, PretrainConfig, arguments.set)
        rows = read_manifest(arguments.data)
        run.begin(arguments.output, config, arguments.data)
        model = pretrain(config, rows, arguments.output, run)
        if model is not None:
            run.complete(f"model: {model}", model=str(model))
        elif is_first_process():
            run.stopped()
    return 0
