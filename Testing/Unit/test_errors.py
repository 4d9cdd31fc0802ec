"""What a user is told is one line that can be seen, whatever a file brings into it."""

from __future__ import annotations

import pickle

import pytest

from MotionQCLib.errors import InputError, some_of


def test_a_message_is_one_line_without_what_steers_a_terminal() -> None:
    told = InputError("code", "a\n b\x1b[2J\x07c\u202ed\u2028 名前 é").message
    assert told == "a b?[2J?c?d 名前 é"


def test_an_error_crosses_processes_as_it_is() -> None:
    error = pickle.loads(pickle.dumps(InputError("code", "a message")))
    assert (error.code, error.message) == ("code", "a message")


@pytest.mark.parametrize(
    ("names", "said"),
    [(["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c", "d"], "a, b and 2 more"), ([], "")],
)
def test_of_many_names_the_first_are_said_and_how_many_more(names: list[str], said: str) -> None:
    assert some_of(names, 2) == said
    assert some_of(names, 2, "; ") == said.replace(", ", "; ").replace(" and", "; and")
