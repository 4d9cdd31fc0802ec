"""What a run tells while it runs: in words for people, or as one JSON object a line for programs.

Lines of programs are ``message`` (``text``), ``progress`` (``step``, ``steps``, ``eta_s``,
``train_loss``, ``val_r2`` and all other figures by name; null where there is none yet), and at the
end one of ``result``, ``stopped`` (``text``) or ``failed`` (``code``, ``message``).
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any, Protocol

_LIVE = ("train_loss", "val_r2")


class Events(Protocol):
    """Who is told."""

    def say(self, text: str) -> None:
        """Tell one line of words."""

    def progress(
        self, step: int, steps: int, eta_s: float, figures: Mapping[str, float], *, judged: bool
    ) -> None:
        """Tell how far training is; ``judged`` where figures of a validation have just come."""

    def end(self, kind: str, text: str, **fields: Any) -> None:
        """Tell the end: ``result``, ``stopped`` or ``failed``."""


class Silence:
    """Tells nobody: processes that only help another one to train."""

    def say(self, text: str) -> None:
        """Keep silent."""

    def progress(
        self, step: int, steps: int, eta_s: float, figures: Mapping[str, float], *, judged: bool
    ) -> None:
        """Keep silent."""

    def end(self, kind: str, text: str, **fields: Any) -> None:
        """Keep silent."""


class Words:
    """Tells people: a line for every validation, and between them one that changes.

    Parameters
    ----------
    live : bool
        Whether to show the line that changes; only a terminal can.
    """

    def __init__(self, *, live: bool = True) -> None:
        self._live = live and sys.stderr.isatty()

    def say(self, text: str) -> None:
        """Print a line."""
        self._clear()
        print(text, flush=True)

    def progress(
        self, step: int, steps: int, eta_s: float, figures: Mapping[str, float], *, judged: bool
    ) -> None:
        """Print a line where the step was judged, else change the live one."""
        head = f"step {step} of {steps}, {time_left(eta_s)}:"
        if judged:
            self.say(" ".join([head, *(f"{k}={v:.3f}" for k, v in sorted(figures.items()))]))
        elif self._live:
            shown = (f"{name}={figures[name]:.3f}" for name in _LIVE if name in figures)
            print(f"\r\033[K{head}", *shown, end="", file=sys.stderr, flush=True)

    def end(self, kind: str, text: str, **fields: Any) -> None:
        """Print the end; what failed is told by the shell."""
        self._clear()
        if kind != "failed":
            print(text, flush=True)

    def _clear(self) -> None:
        if self._live:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


class JsonLines:
    """Tells programs, on stdout."""

    def say(self, text: str) -> None:
        """Print a ``message``."""
        _line("message", text=text)

    def progress(
        self, step: int, steps: int, eta_s: float, figures: Mapping[str, float], *, judged: bool
    ) -> None:
        """Print ``progress``."""
        known = {**dict.fromkeys(_LIVE), **figures}
        _line("progress", step=step, steps=steps, eta_s=round(eta_s, 1), judged=judged, **known)

    def end(self, kind: str, text: str, **fields: Any) -> None:
        """Print the end."""
        _line(kind, **{"message" if kind == "failed" else "text": text}, **fields)


def _line(kind: str, **fields: Any) -> None:
    print(json.dumps({"type": kind, **_plain(fields)}, allow_nan=False), flush=True)


def _plain(value: Any) -> Any:
    """Return a value without NaN and infinities, which are no JSON."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def time_left(seconds: float) -> str:
    """Return a length of time as people say it."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s left"
    if minutes < 120:
        return f"{minutes} min left"
    return f"{minutes / 60:.1f} h left"
