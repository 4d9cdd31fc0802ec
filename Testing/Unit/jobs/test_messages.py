"""Messages: one ASCII line each; what is none is passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from MotionQCLib.jobs.messages import PROTOCOL, decode, encode

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_a_message_is_one_ascii_line_and_comes_back(value):
    line = encode("result", job=3, result=value)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert max(line) < 128
    message = decode(line)
    assert message is not None
    assert (message["type"], message["job"], message["result"]) == ("result", 3, value)


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"loading weights\n", b"{}\n", b"[1]\n", b'{"type": "ready"}\n',
     b'{"motionqc": 1, "type": 3}\n', b'{"motionqc": 99, "type": "ready"}\n', b"{\xff\n"],
)  # fmt: skip
def test_what_a_library_prints_is_no_message(line):
    assert decode(line) is None


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(line):
    message = decode(b"{" + line)
    assert message is None or message["motionqc"] == PROTOCOL


def test_a_number_that_json_does_not_have_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        encode("result", result=float("nan"))
