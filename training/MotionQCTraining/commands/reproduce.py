"""``motionqc reproduce``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from types import ModuleType

from MotionQCLib.checksum import file_sha256
from MotionQCLib.errors import InputError
from MotionQCTraining.config_file import Configuration, load_config
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.run_record import RECORD_NAME, plain_values
from MotionQCTraining.running.session import add_device_options, add_session_options, session
from MotionQCTraining.systems import bricout2025, loizillon2023
from MotionQCTraining.systems.bricout2025_config import Bricout2025Config
from MotionQCTraining.systems.loizillon2023_config import Loizillon2023Config

_SYSTEMS: dict[str, tuple[type[Configuration], ModuleType]] = {
    "bricout2025": (Bricout2025Config, bricout2025),
    "loizillon2023": (Loizillon2023Config, loizillon2023),
}


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc reproduce``: a published system, from scans to its tables and figures."""
    parser = argparse.ArgumentParser(prog="motionqc reproduce", description=main.__doc__)
    parser.add_argument("system", choices=_SYSTEMS)
    parser.add_argument("--data", required=True, type=Path, help="manifest of scans (.tsv)")
    parser.add_argument("--output", required=True, type=Path, help="run folder, resumed if there")
    parser.add_argument("--config", help="a YAML file, instead of the preset of this name")
    parser.add_argument(
        "--miniature", action="store_true", help="tiny grids, few steps: does all of it run?"
    )
    add_session_options(parser)
    add_device_options(parser)
    arguments = parser.parse_args(argv)
    if arguments.devices * arguments.nodes > 1:
        raise InputError("devices", "reproduce trains on one device; leave out --devices, --nodes")
    kind, system = _SYSTEMS[arguments.system]
    with session(arguments) as run:
        config = load_config(_config(arguments), kind, arguments.set)
        rows = read_manifest(arguments.data)
        _require_same_run(arguments.output, arguments.system, config, arguments.data)
        run.begin(arguments.output, config, arguments.data, system=arguments.system)
        results = system.reproduce(config, rows, arguments.output, run)
        run.complete(f"{system.summary(results)}\ntables and figures: {arguments.output}")
    return 0


def _config(arguments: argparse.Namespace) -> str:
    """The preset's name, or a file."""
    if arguments.miniature:
        presets = resources.files("MotionQCTraining") / "presets"
        return str(presets / arguments.system / "miniature.yaml")
    return arguments.config or arguments.system


def _require_same_run(folder: Path, system: str, config: Configuration, manifest: Path) -> None:
    """Make sure that what lies in the run folder was made by the same system, of the same scans."""
    record = folder / RECORD_NAME
    if not record.exists():
        return
    before, values = json.loads(record.read_text("utf-8")), plain_values(config)
    theirs = before.get("configuration", {})
    # A model to compare with is a further row, and what has been fitted stays as it is.
    fixed = [name for name in values if name != "compared"]
    differing = [name for name in fixed if theirs.get(name) != values[name]]
    if before.get("system") != system or differing:
        raise InputError(
            "run-folder",
            f"{folder}: holds a run of {before.get('system', 'another stage')} that differs in "
            f"{', '.join(differing) or 'its system'}; give another --output",
        )
    # Another manifest is divided otherwise: who was trained on might then be tested.
    data = before.get("manifest", {})
    if data.get("sha256") != file_sha256(manifest):
        raise InputError(
            "run-folder",
            f"{folder}: holds a run of another manifest than {manifest} is now "
            f"({data.get('path', 'unknown')} as it was then); give another --output, or that "
            "manifest unchanged",
        )
