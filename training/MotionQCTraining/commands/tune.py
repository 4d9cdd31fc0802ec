"""``motionqc tune``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from MotionQCLib.models import DEFAULT_MODEL
from MotionQCTraining.config_file import load_config, presets
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.limits import count_argument
from MotionQCTraining.running.session import add_session_options, session
from MotionQCTraining.tune_config import TuneConfig


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc tune``: search for the settings by which training goes best."""
    parser = argparse.ArgumentParser(prog="motionqc tune", description=main.__doc__)
    known = ", ".join(presets("tune"))
    parser.add_argument("--config", required=True, help=f"a preset ({known}) or a YAML file")
    parser.add_argument("--data", required=True, type=Path, help="manifest of scans (.tsv)")
    parser.add_argument("--output", required=True, type=Path, help="folder; the search goes on")
    parser.add_argument("--trials", type=count_argument, help="instead of the configuration's")
    parser.add_argument("--address", help="a Ray cluster, ray://HOST:10001; default: this machine")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="base model of fine-tuning")
    add_session_options(parser)
    arguments = parser.parse_args(argv)
    with session(arguments) as run:
        config = load_config(arguments.config, TuneConfig, arguments.set)
        if arguments.trials:
            config = replace(config, trials=arguments.trials)
        rows = tuple(read_manifest(arguments.data))
        output = arguments.output.resolve()
        # What has to be loaded for the rest takes seconds.
        from MotionQCTraining.tune import Search, table, tune

        run.begin(output, config, arguments.data)
        search = Search(config, rows, arguments.data.resolve(), output, arguments.model)
        found = tune(search, run, arguments.address)
        run.events.say(table(found.trials, config).rstrip())
        run.complete(f"best: {found.best}", best=str(found.best))
    return 0
