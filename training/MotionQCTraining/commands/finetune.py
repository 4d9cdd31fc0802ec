"""``motionqc finetune``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from MotionQCLib.errors import InputError
from MotionQCLib.models import DEFAULT_MODEL, find_model, load_bundle
from MotionQCTraining.config_file import load_config, presets
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.running.session import add_session_options, session


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc finetune``: fit a model to one's own ratings."""
    parser = argparse.ArgumentParser(prog="motionqc finetune", description=main.__doc__)
    known = ", ".join(presets("finetune"))
    parser.add_argument("--config", required=True, help=f"a preset ({known}) or a YAML file")
    parser.add_argument("--data", required=True, type=Path, help="manifest with ratings (.tsv)")
    parser.add_argument("--output", required=True, type=Path, help="run folder, reused if there")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="base model, name or file")
    parser.add_argument("--name", help="what the new model is called")
    parser.add_argument(
        "--strict", action="store_true", help="make no model where ratings are too few to judge it"
    )
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="write a MONAI bundle as well")
    add_session_options(parser)
    arguments = parser.parse_args(argv)
    with session(arguments) as run:
        config = load_config(arguments.config, FinetuneConfig, arguments.set)
        if arguments.name:
            config = _renamed(config, arguments.name)
        base = find_model(arguments.model)
        rows = read_manifest(arguments.data)
        # What has to be loaded for the rest takes seconds.
        from MotionQCTraining.finetune import finetune, summary
        from MotionQCTraining.monai_bundle import export_bundle

        identity = {"name": base.metadata.name, "sha256": base.metadata.sha256}
        run.begin(arguments.output, config, arguments.data, base=identity)
        strict = arguments.strict
        done = finetune(config, rows, base, arguments.output, strict=strict, report=run.say)
        run.events.say(summary(done.figures))
        made = {"model": str(done.model), "figures": done.figures}
        if arguments.bundle:
            made["bundle"] = str(export_bundle(load_bundle(done.model), arguments.bundle))
            run.events.say(f"bundle: {made['bundle']}")
        run.complete(f"model: {done.model}", **made)
    return 0


def _renamed(config: FinetuneConfig, name: str) -> FinetuneConfig:
    try:
        return replace(config, name=name)
    except ValueError as error:
        raise InputError(
            "config", f"--name {name}: {error}; use letters, digits, dots and dashes"
        ) from error
