"""Ratings in order, from least motion to most."""

from __future__ import annotations

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.site_fit.scale import plain_ratings, scale_of


def test_numbers_ascend_with_motion_as_numbers_do() -> None:
    assert scale_of(["10", "9", "-1", "9"]) == ("-1", "9", "10")


def test_one_number_has_one_spelling() -> None:
    assert plain_ratings(["1", "1.0", "2,5"]) == ["1", "1.0", "2,5"]
    assert plain_ratings(["1", "1.0", "2.50"]) == ["1", "1", "2.5"]


def test_the_order_is_the_users_where_it_is_given() -> None:
    assert scale_of(["bad", "good"], ["good", "doubtful", "bad"]) == ("good", "doubtful", "bad")
    assert scale_of(["1", "3"], ["3.0", "2", "1"]) == ("3", "2", "1")


@pytest.mark.parametrize(
    ("ratings", "order", "says"),
    [
        (["good", "bad"], [], "nothing tells the order of bad, good"),
        (["good", "bad"], ["good", "worse"], "lacks bad"),
        (["good", "bad"], ["good", "bad", "good"], "names a rating twice"),
        ([str(n) for n in range(21)], [], "21 different ratings"),
        (["x" * 41, "bad"], ["bad"], "no name of up to 40"),
        (["a\tb"], ["bad"], "printable"),
    ],
)
def test_what_has_no_order_is_refused(ratings: list[str], order: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        scale_of(ratings, order)
