"""What happened in the host and would go unseen in an application: errors, complaints, dialogs."""

from __future__ import annotations

import sys
import traceback
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class SlotError:
    """An exception that left a slot, an observer or a timer: Slicer prints it and goes on."""

    error: BaseException
    text: str


@dataclass(frozen=True)
class Message:
    """A dialog that would have been shown: its kind, text, title and what was answered."""

    kind: str
    text: str
    title: str = ""
    detail: str = ""
    answer: Any = None


@dataclass(frozen=True)
class PackageRequest:
    """A request to install packages. It is never carried out."""

    call: str
    requirements: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class Records:
    """Everything recorded since the last `clear`.

    `answers` holds, first come first served, what the coming dialogs are answered with: True or
    False for a confirmation, a button, a path. A dialog that finds it empty takes its default.
    """

    slot_errors: list[SlotError] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    package_requests: list[PackageRequest] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    answers: deque[Any] = field(default_factory=deque)

    def clear(self) -> None:
        for kept in vars(self).values():
            kept.clear()

    def complain(self, text: str) -> None:
        """Print what PythonQt would only print, and keep it as a failure."""
        print(text, file=sys.stderr)
        self.printed.append(text)

    def slot_error(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Print an exception as PythonQt does, and keep it as a failure. Fits `sys.excepthook`."""
        text = "".join(traceback.format_exception(kind, error, trace))
        print(text, file=sys.stderr)
        self.slot_errors.append(SlotError(error, text))

    def answer(self, default: Any) -> Any:
        """Take the next answer that the test has put in, or the default."""
        return self.answers.popleft() if self.answers else default

    def failures(self) -> list[str]:
        """Texts of all that must fail a test."""
        return [error.text for error in self.slot_errors] + self.printed


records = Records()
