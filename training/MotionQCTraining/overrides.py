"""Fields of a configuration given on the command line: ``samples.motion.largest_mm=3``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from MotionQCTraining.plain_yaml import parse_yaml, shown


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add the option that overrides a field of the configuration; it may be given many times."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="a field of the configuration, instead of the file's: --set samples.ramp=400",
    )


def overridden(values: Any, overrides: Sequence[str], faults: list[str]) -> Any:
    """Return the values of a YAML file with some fields replaced; the file's own stay as they are.

    Parameters
    ----------
    values : Any
        What the file holds; its loader says what is wrong with it.
    overrides : sequence of str
        ``name=value`` each, the name with dots into records, the value as YAML writes it.
    faults : list of str
        Takes what is wrong with overrides.
    """
    for override in overrides:
        name, separator, text = override.partition("=")
        path = name.strip().split(".")
        if not separator or not all(path):
            faults.append(f"--set {shown(override)} has no name and value; write it as steps=200")
            continue
        known, value = _parsed(text)
        if not known:
            faults.append(f"--set {shown(override)}: {shown(text)} is not YAML; quote it")
            continue
        values = _replaced(values, path, value)
    return values


def _parsed(text: str) -> tuple[bool, Any]:
    try:
        return True, parse_yaml(text)
    except ValueError:
        return False, None


def _replaced(values: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    # What is no record is replaced by one, and the loader names what is missing or does not fit.
    inside = values if isinstance(values, Mapping) else {}
    return {**inside, path[0]: _replaced(inside.get(path[0]), path[1:], value)}
