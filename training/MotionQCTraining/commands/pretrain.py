"""``motionqc pretrain``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.limits import count_argument
from MotionQCTraining.overrides import add_overrides
from MotionQCTraining.pretrain import pretrain


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc pretrain``: train a motion scorer on synthetic motion."""
    parser = argparse.ArgumentParser(prog="motionqc pretrain", description=main.__doc__)
    parser.add_argument("--config", required=True, help="a preset's name or a YAML file")
    add_overrides(parser)
    parser.add_argument("--data", required=True, help="manifest of scans (.tsv)")
    parser.add_argument("--output", required=True, type=Path, help="run folder, resumed if there")
    parser.add_argument(
        "--steps", type=count_argument, help="optimiser steps, instead of the configuration's"
    )
    parser.add_argument("--quiet", action="store_true", help="no live progress bar")
    arguments = parser.parse_args(argv)
    config = load_config(arguments.config, PretrainConfig, arguments.set)
    if arguments.steps:
        config = replace(config, steps=arguments.steps)
    rows = read_manifest(arguments.data)
    model = pretrain(config, rows, arguments.output, progress=not arguments.quiet)
    print(f"model: {model}" if model else "stopped; the same command goes on from the checkpoint")
    return 0
