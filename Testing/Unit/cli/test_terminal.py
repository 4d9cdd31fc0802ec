"""Progress is for a terminal; a pipe sees nothing of it."""

from __future__ import annotations

import io
import sys

import pytest

from MotionQCLib.cli.terminal import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def steps_on(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, shown: bool = True) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("scoring", 2, shown=shown) as done:
        done("sub-01[b]")
        done("sub-02")
    return stream.getvalue()


def test_a_terminal_sees_which_scan_was_scored_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert "scoring: sub-02 done" in steps_on(Terminal(), monkeypatch)


def test_a_pipe_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert steps_on(io.StringIO(), monkeypatch) == ""


def test_a_terminal_sees_nothing_where_it_would_disturb(monkeypatch: pytest.MonkeyPatch) -> None:
    assert steps_on(Terminal(), monkeypatch, shown=False) == ""
