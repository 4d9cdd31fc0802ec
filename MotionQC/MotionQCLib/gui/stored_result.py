"""What a volume last scored, kept with it and saved with the scene."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.scoring.result import mm_text

RESULT = "MotionQC.Result"
"""Attribute of a volume that holds, as JSON, what it last scored."""


def stored_result(node: Any) -> dict[str, Any] | None:
    """Return the JSON form of what a volume last scored, or None."""
    text = node.GetAttribute(RESULT) if node is not None else None
    return json.loads(text) if text else None


def store_result(node: Any, result: Mapping[str, Any]) -> None:
    """Keep the JSON form of a result with its volume."""
    node.SetAttribute(RESULT, json.dumps(result))


def source_note(node: Any) -> str:
    """Say so where a volume that motion is put into has scored as moved itself; else nothing."""
    result = stored_result(node)
    if result is None or result["qc"]["class"] == next(iter(result["qc"]["probability"])):
        return ""
    return _(
        "This scan itself scored {score} mm ({verdict}): the motion given here is what is added."
    ).format(score=mm_text(result["motion_score_mm"]), verdict=result["qc"]["class"])
