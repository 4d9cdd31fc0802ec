"""``motionqc evaluate``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from MotionQCLib.errors import InputError
from MotionQCLib.models import find_model
from MotionQCLib.models.bundle import ModelBundle
from MotionQCTraining.config import PretrainConfig, PublicSite
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.evaluate import REPORT_NAME, evaluate, record, require_recordable
from MotionQCTraining.evaluation.judged_scans import (
    JudgedScan,
    scans_of_manifest,
    scans_of_protocol,
)
from MotionQCTraining.evaluation.protocol import Protocol, load_protocol
from MotionQCTraining.evaluation.report import Asked
from MotionQCTraining.evaluation.tables import tables
from MotionQCTraining.evaluation.units import Evaluation
from MotionQCTraining.pretraining.scans import divide
from MotionQCTraining.running.session import add_session_options, session

EVALUATIONS: tuple[Evaluation, ...] = get_args(Evaluation)


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc evaluate``: figures of a model by a protocol that was fixed before training."""
    arguments = _parser().parse_args(argv)
    with session(arguments) as run:
        bundle = find_model(arguments.model)
        evaluations = arguments.only or EVALUATIONS
        if arguments.record:
            require_recordable(Path(arguments.model), evaluations)
        protocol, checksum = load_protocol(arguments.protocol)
        own = arguments.data.is_file()
        scans = _own_scans(arguments, bundle) if own else _scans(arguments, bundle, protocol)
        asked = Asked(
            protocol,
            arguments.protocol,
            checksum,
            evaluations,
            arguments.floor,
            _public(arguments),
        )
        report = evaluate(
            bundle,
            asked,
            scans,
            arguments.output,
            run,
            data=None if own else arguments.data,
            volumes=arguments.volumes,
        )
        if not arguments.json:
            print("\n\n".join(table.text() for table in tables(report)))
        if arguments.record:
            record(Path(arguments.model), bundle, report)
        file = arguments.output / REPORT_NAME
        run.complete(f"figures: {file}", report=str(file))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="motionqc evaluate", description=main.__doc__)
    add = parser.add_argument
    add("--model", default="motionqc-t1w-preview", help="model name or file")
    add(
        "--data",
        required=True,
        type=Path,
        help="folder of the protocol's public scans, or the manifest that the model was trained "
        "from (.tsv), with --config",
    )
    add("--output", required=True, type=Path, help="folder; resumed if it exists")
    add("--protocol", default="motionqc", help="a preset's name or a YAML file")
    add(
        "--only",
        type=_evaluations,
        metavar="NAME,...",
        help=f"some evaluations: {', '.join(EVALUATIONS)}",
    )
    add("--floor", action="store_true", help="also fit and judge a simple regression")
    add("--record", action="store_true", help="write card and figures to the model")
    add("--volumes", type=Path, help="folder of the fixed volumes, which evaluations may share")
    add("--config", help="with a manifest: preset or file the model was trained with")
    add("--unseen", help="with a manifest: another one, of sites not trained on (.tsv)")
    add_session_options(parser)
    return parser


def _evaluations(text: str) -> tuple[Evaluation, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    strange = [name for name in names if name not in EVALUATIONS]
    if strange or not names:
        raise argparse.ArgumentTypeError(
            f"{', '.join(strange) or 'nothing'} was given; give some of {', '.join(EVALUATIONS)}"
        )
    return tuple(name for name in EVALUATIONS if name in names)


def _scans(
    arguments: argparse.Namespace, bundle: ModelBundle, protocol: Protocol
) -> list[JudgedScan]:
    if arguments.config or arguments.unseen or arguments.set:
        raise InputError(
            "config", "--config, --set and --unseen belong with a manifest; --data is a folder"
        )
    training = bundle.metadata.training
    heads = (arguments.volumes or arguments.output) / "heads"
    return scans_of_protocol(protocol, arguments.data, training, heads)


def _own_scans(arguments: argparse.Namespace, bundle: ModelBundle) -> list[JudgedScan]:
    if not arguments.config:
        raise InputError(
            "config", f"{arguments.data}: give the --config that the model was trained with too"
        )
    config = load_config(arguments.config, PretrainConfig, arguments.set)
    grid = bundle.metadata.architecture.grid
    if config.grid != grid:
        raise InputError(
            "config",
            f"grid is {config.grid}, the model's {grid}; give the --config that it was trained "
            "with",
        )
    rows = read_manifest(arguments.data)
    unseen = read_manifest(arguments.unseen) if arguments.unseen else []
    return scans_of_manifest(divide(config, rows), unseen, config.left_out)


def _public(arguments: argparse.Namespace) -> dict[str, PublicSite]:
    """Sources whose subjects may be named: all of the project's own, or those of the config."""
    config = load_config(arguments.config or "motionqc", PretrainConfig, arguments.set)
    return config.public_sites
