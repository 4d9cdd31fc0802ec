"""``motionqc ablate``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle
from MotionQCTraining.ablate import TABLE_NAME, ablate, configs_of, table
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config, presets
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.evaluate import evaluate
from MotionQCTraining.evaluation.ablation import Ablation
from MotionQCTraining.evaluation.apart import require_apart
from MotionQCTraining.evaluation.judged_scans import scans_of_protocol
from MotionQCTraining.evaluation.protocol import load_protocol
from MotionQCTraining.evaluation.report import Asked
from MotionQCTraining.running.session import (
    Session,
    add_device_options,
    add_session_options,
    session,
)


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc ablate``: short runs that differ in one thing each, to show what helps."""
    parser = argparse.ArgumentParser(prog="motionqc ablate", description=main.__doc__)
    add = parser.add_argument
    known = ", ".join(presets("ablation"))
    add("--config", required=True, help=f"a preset ({known}) or a YAML file")
    add("--data", required=True, type=Path, help="manifest of the scans to train on (.tsv)")
    add("--judged", required=True, type=Path, help="folder of the protocol's public scans")
    add("--output", required=True, type=Path, help="folder; resumed if it exists")
    add("--protocol", default="motionqc", help="a preset's name or a YAML file")
    add_session_options(parser)
    add_device_options(parser)
    arguments = parser.parse_args(argv)
    if arguments.devices * arguments.nodes > 1:
        raise InputError("devices", "ablate trains on one device; leave out --devices, --nodes")
    with session(arguments) as run:
        # --set is for the rows, whose configurations these are.
        ablation = load_config(arguments.config, Ablation)
        protocol, checksum = load_protocol(arguments.protocol)
        public = load_config(ablation.base, PretrainConfig).public_sites
        asked = Asked(protocol, arguments.protocol, checksum, ablation.evaluations, False, public)
        judge = partial(_judged, asked, arguments.judged, arguments.output, run)
        rows = read_manifest(arguments.data)
        heads = _heads(arguments.output)
        run.say("comparing the scans to train on with those to judge on")
        configs = configs_of(ablation, arguments.set).values()
        require_apart(configs, rows, protocol, arguments.judged, heads)
        run.begin(arguments.output, ablation, arguments.data)
        found = ablate(ablation, rows, arguments.output, judge, run, arguments.set)
        if not arguments.json:
            print(table(found).text())
        file = arguments.output / TABLE_NAME
        run.complete(f"table: {file}", table=str(file))
    return 0


def _judged(
    asked: Asked,
    data: Path,
    output: Path,
    run: Session,
    bundle: ModelBundle,
    folder: Path,
    floor: bool,
) -> dict[str, Any]:
    """Judge a row on the volumes of all rows."""
    training, heads = bundle.metadata.training, _heads(output)
    scans = scans_of_protocol(asked.protocol, data, training, heads, choosing=True)
    asked = replace(asked, floor=floor)
    return evaluate(bundle, asked, scans, folder, run, data=data, volumes=heads.parent)


def _heads(output: Path) -> Path:
    return output / "volumes" / "heads"
