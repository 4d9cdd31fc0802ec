"""Limits of configuration fields: what is out of them is named, with its value and the remedy."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from MotionQCTraining.plain_yaml import shown

_Number = TypeVar("_Number", int, float)


class Limit(NamedTuple):
    """What a value must be, as a test and in words that go on from "give"."""

    holds: Callable[[Any], bool]
    words: str


COUNT = Limit(lambda value: isinstance(value, int) and value >= 1, "a whole number from 1 on")
TWO_OR_MORE = Limit(lambda value: isinstance(value, int) and value >= 2, "a whole number from 2 on")
WHOLE = Limit(lambda value: isinstance(value, int) and value >= 0, "a whole number from 0 on")
SHARE = Limit(lambda value: 0 <= value <= 1, "a share from 0 to 1")
SHARE_BETWEEN = Limit(lambda value: 0 < value < 1, "a share above 0 and below 1")
SHARE_BELOW_ONE = Limit(lambda value: 0 <= value < 1, "a share from 0 to below 1")
POSITIVE = Limit(lambda value: 0 < value < float("inf"), "a number above 0")
NOT_NEGATIVE = Limit(lambda value: 0 <= value < float("inf"), "a number from 0 on")


def sides(multiple: int, reason: str) -> Limit:
    """Limit of a shape: every side a positive multiple of a number, for a reason."""
    return Limit(
        lambda shape: all(side >= multiple and side % multiple == 0 for side in shape),
        f"sides that are multiples of {multiple}, {reason}",
    )


def ascending(limit: Limit) -> Limit:
    """Limit of a range: both ends within a limit, the first not above the last."""
    return Limit(
        lambda ends: all(map(limit.holds, ends)) and ends[0] <= ends[1],
        f"two of {limit.words}, the smaller one first",
    )


def one_of(names: Sequence[str]) -> Limit:
    """Limit of a choice."""
    return Limit(lambda value: value in names, f"one of {', '.join(names)}")


def require(record: object, limits: Mapping[str, Limit]) -> None:
    """Check fields of a record.

    Raises
    ------
    ValueError
        Fields are out of their limits; all of them are named.
    """
    faults = [
        f"{name} is {shown(getattr(record, name))}; give {limit.words}"
        for name, limit in limits.items()
        if not limit.holds(getattr(record, name))
    ]
    if faults:
        raise ValueError("; ".join(faults))


def count_argument(text: str) -> int:
    """Return the whole number from 1 on that an option of the command line was given."""
    return _argument(text, int, COUNT)


def number_argument(limit: Limit) -> Callable[[str], float]:
    """Return what takes an option's text for a number within a limit."""
    return lambda text: _argument(text, float, limit)


def _argument(text: str, kind: Callable[[str], _Number], limit: Limit) -> _Number:
    with suppress(ValueError):
        value = kind(text)
        if limit.holds(value):
            return value
    raise argparse.ArgumentTypeError(f"{text!r} was given; give {limit.words}")
