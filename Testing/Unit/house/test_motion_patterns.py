"""A motion pattern has one name in the simulator, on the form and in the protocol of judging."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

from MotionQCLib.motion.patterns import PATTERNS
from MotionQCTraining.evaluation import protocol

REPOSITORY = Path(__file__).resolve().parents[3]
FORM = REPOSITORY / "MotionQC" / "MotionQCLib" / "gui" / "parameters.py"


def test_the_form_offers_every_pattern_in_the_simulators_order() -> None:
    """The form's file loads in Slicer only, so its source is read."""
    tree = ast.parse(FORM.read_text("utf-8"))
    (offered,) = [
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Pattern"
    ]
    members = [node.value for node in offered.body if isinstance(node, ast.Assign)]
    assert [ast.literal_eval(value) for value in members] == list(PATTERNS)


def test_models_are_judged_by_patterns_that_there_are() -> None:
    assert set(get_args(protocol.Pattern)) <= set(PATTERNS)
