"""`motionqc`: which command, and what its end means to the shell that called it."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from MotionQCLib import __version__
from MotionQCLib.cli import calibrate, models, score, simulate, training
from MotionQCLib.errors import InputError

DEFECT, INPUT_AT_FAULT, INTERRUPTED = 1, 2, 130
"""Exit statuses besides 0."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0 all done; 2 an input was at fault, with one line on stderr that says which and what to do;
    1 a defect of ours, with its traceback; 130 interrupted, or nobody reads on.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(words)
        sys.stdout.flush()
        return status
    except InputError as error:
        print(f"motionqc: {error.message}", file=sys.stderr)
        return INPUT_AT_FAULT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has heard enough. What is still unsaid would be tried again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    except Exception:
        traceback.print_exc()
        print("motionqc: this is a defect of MotionQC; please report the above.", file=sys.stderr)
        return DEFECT


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(
        prog="motionqc",
        description="How much did the head move? Motion scores in mm for T1-weighted head MRI.",
        epilog="For research use, not for diagnosis.",
    )
    parser.add_argument("--version", action="version", version=f"motionqc {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (score, calibrate, simulate, models):
        own = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(own)
        own.set_defaults(run=command.run)
    for name, purpose in training.COMMANDS.items():
        commands.add_parser(name, help=purpose)
    return parser


def _run(words: list[str]) -> int:
    # The training package reads its own options, and knows them only once it is loaded.
    if words and words[0] in training.COMMANDS:
        return training.run(words[0], words[1:])
    arguments = build_parser().parse_args(words)
    status: int = arguments.run(arguments)
    return status
