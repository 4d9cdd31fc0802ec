"""Limits of fields: what lies within passes, what lies outside is named."""

from __future__ import annotations

import argparse
from types import SimpleNamespace

import pytest

from MotionQCTraining.limits import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    SHARE_BELOW_ONE,
    SHARE_BETWEEN,
    TWO_OR_MORE,
    WHOLE,
    Limit,
    ascending,
    count_argument,
    number_argument,
    require,
    sides,
)


@pytest.mark.parametrize(
    ("limit", "within", "outside"),
    [
        (COUNT, [1, 7], [0, -1, 1.5]),
        (WHOLE, [0, 7], [-1, 0.5]),
        (SHARE, [0, 0.3, 1], [-0.1, 1.1, float("nan")]),
        (SHARE_BELOW_ONE, [0, 0.99], [1, -0.1]),
        (SHARE_BETWEEN, [0.01, 0.99], [0, 1, float("nan")]),
        (TWO_OR_MORE, [2, 9], [1, 0, 2.5]),
        (POSITIVE, [1e-9, 5], [0, -1, float("nan"), float("inf")]),
        (NOT_NEGATIVE, [0, 5], [-1e-9, float("inf")]),
        (sides(32, "because"), [(32, 64, 96)], [(0, 32, 32), (32, 40, 32), (-32, 32, 32)]),
        (ascending(POSITIVE), [(1, 1), (1, 2)], [(2, 1), (0, 1)]),
    ],
)
def test_a_limit_parts_what_is_within_from_what_is_outside(
    limit: Limit, within: list[object], outside: list[object]
) -> None:
    assert all(limit.holds(value) for value in within)
    assert not any(limit.holds(value) for value in outside)


def test_every_field_out_of_its_limits_is_named_with_value_and_remedy() -> None:
    record = SimpleNamespace(steps=0, share=2, fine=1)
    with pytest.raises(ValueError, match=r"steps is 0; give a whole.*; share is 2; give") as caught:
        require(record, {"steps": COUNT, "share": SHARE, "fine": COUNT})
    assert "fine" not in str(caught.value)


def test_an_option_takes_a_count_and_nothing_else() -> None:
    assert count_argument("6") == 6
    for text in ("0", "-2", "1.5", "many"):
        with pytest.raises(argparse.ArgumentTypeError, match="from 1 on"):
            count_argument(text)


def test_an_option_takes_a_number_within_its_limit_and_nothing_else() -> None:
    share = number_argument(SHARE)
    assert share("0.25") == 0.25
    for text in ("1.5", "nan", "half"):
        with pytest.raises(argparse.ArgumentTypeError, match=f"'{text}' was given; give a share"):
            share(text)
