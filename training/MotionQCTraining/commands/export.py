"""``motionqc export``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from MotionQCLib.models import find_model
from MotionQCTraining.monai_bundle import export_bundle


def main(argv: Sequence[str] | None = None) -> int:
    """``motionqc export``: write a model as a MONAI bundle."""
    parser = argparse.ArgumentParser(prog="motionqc export", description=main.__doc__)
    parser.add_argument("model", help="model, name or file")
    parser.add_argument("--bundle", required=True, type=Path, metavar="DIR", help="its folder")
    arguments = parser.parse_args(argv)
    print(f"bundle: {export_bundle(find_model(arguments.model), arguments.bundle)}")
    return 0
