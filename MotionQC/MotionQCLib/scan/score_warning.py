"""A remark beside a score: why it may be worth less than it looks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ScoreWarning:
    """A reason to distrust the score, never one to refuse it.

    Parameters
    ----------
    code : str
        Stable name of the finding, for programs.
    message : str
        One sentence for people.
    """

    code: str
    message: str


def no_orientation(kind: str, assumed: str) -> ScoreWarning:
    """The warning of a reader whose file does not say which way its axes run.

    Parameters
    ----------
    kind : str
        Name of the format.
    assumed : str
        How the axes were taken instead.
    """
    return ScoreWarning(
        "no-orientation",
        f"The {kind} header names no orientation; the axes were taken as {assumed}.",
    )
