"""What a user is told is one line that can be seen, whatever a file brings into it."""

from __future__ import annotations

import pickle

from MotionQCLib.errors import InputError


def test_a_message_is_one_line_without_what_steers_a_terminal() -> None:
    told = InputError("code", "a\n b\x1b[2J\x07c\u202ed\u2028 名前 é").message
    assert told == "a b?[2J?c?d 名前 é"


def test_an_error_crosses_processes_as_it_is() -> None:
    error = pickle.loads(pickle.dumps(InputError("code", "a message")))
    assert (error.code, error.message) == ("code", "a message")
