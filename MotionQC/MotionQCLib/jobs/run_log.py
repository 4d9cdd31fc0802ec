"""What a run has said, read from a file that grows."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import IO, Any

_LINES = 200
_ENDS = ("result", "stopped", "failed")


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    step, steps : int
        Optimiser steps done, and of the whole run.
    eta_s : float or None
        Seconds left.
    """

    step: int
    steps: int
    eta_s: float | None


class RunLog:
    """The events of a run folder, up to what has been read.

    Attributes
    ----------
    figures : dict
        By name ("train_loss", "val_r2"), values by step, over all sessions.
    progress : Progress or None
        The newest of this session.
    line : str
        The newest line of words of this session, empty once training has gone on from there.
    end : dict or None
        How this session ended, where it has said so.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._at = 0
        self.figures: dict[str, dict[int, float]] = {}
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._begin_session()

    @property
    def lines(self) -> str:
        """The last lines of words."""
        return "\n".join(self._lines)

    def read(self) -> bool:
        """Take up what was added since; whether there was anything."""
        try:
            with self._file.open("rb") as stream:
                stream.seek(self._at)
                return self._take(stream)
        except OSError:
            return False

    def _take(self, stream: IO[bytes]) -> bool:
        heard = False
        for line in stream:
            if not line.endswith(b"\n"):
                break  # the rest is still being written
            self._at += len(line)
            event = _event(line)
            if event is not None:
                self._hear(event)
                heard = True
        return heard

    def _hear(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "session":
            self._begin_session()
        elif kind == "message":
            self.line = str(event.get("text", ""))
            self._lines.append(self.line)
        elif kind == "progress":
            self._advance(event)
        elif kind in _ENDS:
            self.end: dict[str, Any] | None = event
            self._lines.append(str(event.get("text") or event.get("message") or ""))

    def _begin_session(self) -> None:
        self.progress: Progress | None = None
        self.line = ""
        self.end = None

    def _advance(self, event: dict[str, Any]) -> None:
        step, steps = _number(event.get("step")), _number(event.get("steps"))
        if step is None or steps is None:
            return
        self._take_figures(event, int(step), int(steps))

    def _take_figures(self, event: dict[str, Any], step: int, steps: int) -> None:
        if self.progress is None:
            self._forget_after(step)
        self.line = ""
        self.progress = Progress(step, steps, _number(event.get("eta_s")))
        names = ["train_loss", *(name for name in event if name.startswith("val_"))]
        for name in names:
            # A validation's figures stay in every event until the next one.
            fresh = name == "train_loss" or event.get("judged")
            value = _number(event.get(name))
            if fresh and value is not None:
                self.figures.setdefault(name, {})[step] = value

    def _forget_after(self, step: int) -> None:
        """A session that goes on from an older checkpoint takes some steps again."""
        for values in self.figures.values():
            for later in [known for known in values if known > step]:
                del values[later]


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and "type" in event else None


def _number(value: object) -> float | None:
    """A finite number as float, anything else as None."""
    try:
        number = float(value) if isinstance(value, (int, float)) else nan
    except OverflowError:
        return None
    return number if isfinite(number) else None
