"""The shell in this process: its exit status, and what it says on both streams."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from MotionQCLib.cli import main


@dataclass(frozen=True)
class Spoken:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Shell = Callable[..., Spoken]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    def call(*words: object) -> Spoken:
        status = main([str(word) for word in words])
        streams = capsys.readouterr()
        return Spoken(status, streams.out, streams.err)

    return call
