"""The commands of the training package, found by name when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from MotionQCLib.errors import InputError

PACKAGE = "MotionQCTraining"
COMMANDS = {
    "manifest": "list scans for training, and check them",
    "pretrain": "train a model on synthetic motion",
    "finetune": "fit a model to one's own ratings",
    "tune": "search for settings by which training goes best",
    "reproduce": "run a published system, to its tables and figures",
    "evaluate": "judge a model on subjects held out",
    "ablate": "train and judge short runs that differ in one thing each",
    "compare": "compare fine detail of simulated and real motion",
    "export": "write a model as a MONAI bundle",
}


def run(name: str, options: Sequence[str]) -> int:
    """Hand a command's options to the training module of that name; return its exit status.

    Raises
    ------
    InputError
        `training-absent`: the package, or a library that it needs, is not installed.
    """
    try:
        module = import_module(f"{PACKAGE}.commands.{name}")
    except ModuleNotFoundError as error:
        missing = (error.name or PACKAGE).partition(".")[0]
        extra = "published" if missing == "torchio" else "train"
        raise InputError(
            "training-absent",
            f"motionqc {name}: {missing} is not installed; install motionqc[{extra}].",
        ) from error
    status: int = module.main(list(options))
    return status
