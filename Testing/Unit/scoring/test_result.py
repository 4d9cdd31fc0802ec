"""A result as people read it."""

from __future__ import annotations

from MotionQCLib.scoring.result import interval_text, mm_text


def test_what_lies_beyond_the_models_range_is_said_to_do_so() -> None:
    assert mm_text(4.0) == "4.00"
    assert mm_text(4.2) == "> 4"
    assert interval_text((1.874, 4.01)) == "1.87 to > 4"
    assert interval_text((0.0, 1.999)) == "0.00 to 2.00"
