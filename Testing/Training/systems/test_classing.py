"""Contests: who is tested, and what keeps parts and fits apart."""

from __future__ import annotations

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.running.session import Session
from MotionQCTraining.systems.classing import Contest
from MotionQCTraining.systems.cohorts import class_scans, turns


@pytest.fixture
def a_contest(some_rated_rows: list[Row], a_session: Session) -> Contest:
    scans = class_scans(some_rated_rows, {})
    return Contest(scans, turns(scans.rows, 4, seed=3), True, a_session)


def test_an_image_in_two_parts_of_the_ratings_is_refused(a_contest: Contest) -> None:
    rows = a_contest.scans.rows
    sums = {row.path: row.path for row in rows}
    a_contest.require_no_image_twice(sums)
    first, last = rows[0], rows[-1]
    with pytest.raises(InputError, match=f"one image of {first.person} and {last.person}"):
        a_contest.require_no_image_twice({**sums, last.path: first.path})


def test_one_image_twice_of_one_person_is_no_leak(a_contest: Contest) -> None:
    sums = {row.path: row.person for row in a_contest.scans.rows}
    a_contest.require_no_image_twice(sums)


def test_a_fit_knows_who_is_in_which_part_and_how_they_are_rated(a_contest: Contest) -> None:
    first, second = (a_contest._who(turn) for turn in a_contest.turns[:2])
    assert first != second
    assert sum(map(len, first.values())) == len(a_contest.scans)
    assert first["test"][0].split() == [
        a_contest.scans.persons[a_contest.turns[0].test[0]],
        a_contest.scans.rows[a_contest.turns[0].test[0]].rating,
    ]
