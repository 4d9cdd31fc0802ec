"""What makes a run the run that it is: a checkpoint of another one is no place to go on from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.pretraining.scans import Scans

FIELDS = ("seed", "grid", "bins", "label", "input", "samples", "whole", "batch")
"""Fields of the configuration that say what a network sees and learns. Others may change."""

Identity = dict[str, str]


def run_identity(config: PretrainConfig, scans: Scans, base: ModelBundle | None) -> Identity:
    """Return by what a run is known: texts by name.

    Parameters
    ----------
    config : PretrainConfig
        The run.
    scans : Scans
        Its scans; they count by the images, wherever these lie.
    base : ModelBundle or None
        What its weights started from.
    """
    sums = scans.checksums()
    parts = {
        name: _digest(*sorted(sums[row] for row in rows))
        for name, rows in (
            ("scans to train on", scans.parts["train"]),
            ("scans to validate on", scans.parts["validation"]),
        )
    }
    fields = {name: repr(getattr(config, name)) for name in FIELDS}
    return {**fields, "base": "" if base is None else base.metadata.sha256, **parts}


def require_same_run(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Make sure that a checkpoint is of the run that would go on from it.

    Raises
    ------
    InputError
        ``run-folder``: what differs.
    """
    differing = [name for name in now if before.get(name) != now[name]]
    if differing:
        raise InputError(
            "run-folder",
            f"the checkpoint is of a run that differs in {', '.join(differing)}; give its own "
            "--config and --data, or another --output",
        )


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
