"""What a model said of one volume, with all that is known of the volume."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from MotionQCLib.atomic_file import write_atomically
from MotionQCTraining.evaluation.fixed_volumes import Facts
from MotionQCTraining.evaluation.judge import Answer
from MotionQCTraining.evaluation.judged_scans import JudgedScan


@dataclass(frozen=True)
class Scored:
    """One answer.

    Parameters
    ----------
    evaluation : str
        Which evaluation asked.
    source, subject, scan : str
        Whose scan, and which: the name of its file, without suffix.
    left_out : bool
        Whether the model was trained on nothing of that source.
    facts : Facts
        What is known of the volume.
    answer : Answer
        What the model said.
    noise : float
        Standard deviation of the noise that was added.
    guise : str
        The guise, the misuse or the name of a real scan; empty for a scan as it is.
    part : str
        What the scan may be in training.
    synthesised : bool
        Whether the head was synthesised from a label map: nobody's scan.
    """

    evaluation: str
    source: str
    subject: str
    scan: str
    left_out: bool
    facts: Facts
    answer: Answer
    noise: float = 0.0
    guise: str = ""
    part: str = "test"
    synthesised: bool = False

    @property
    def group(self) -> str:
        """``synthesised``, ``left out`` or ``held out``."""
        if self.synthesised:
            return "synthesised"
        return "left out" if self.left_out else "held out"

    @property
    def person(self) -> str:
        """The subject, unique over all sources."""
        return f"{self.source}/{self.subject}"

    @property
    def covered(self) -> bool | None:
        """Whether the interval holds the true score; None where nobody knows."""
        true = self.facts.true_mm
        return None if true is None else self.answer.low_mm <= true <= self.answer.high_mm

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Scored:
        """Return what ``asdict`` made a dictionary of."""
        answer = {**values["answer"], "codes": tuple(values["answer"]["codes"])}
        return cls(**{**values, "facts": Facts(**values["facts"]), "answer": Answer(**answer)})


def scored_of(evaluation: str, scan: JudgedScan, facts: Facts, answer: Answer) -> Scored:
    """Return an answer about a judged scan."""
    return Scored(
        evaluation,
        scan.source,
        scan.subject,
        scan.name,
        scan.left_out,
        facts,
        answer,
        part=scan.part,
        synthesised=scan.labels is not None,
    )


def save_scored(file: Path, scored: Sequence[Scored]) -> None:
    """Write answers at once or not at all."""
    write_atomically(file, json.dumps([asdict(each) for each in scored], indent=1))


def load_scored(file: Path) -> list[Scored] | None:
    """Return answers on disk, None if there are none that can be read."""
    try:
        return [Scored.from_json(values) for values in json.loads(file.read_text("utf-8"))]
    except (OSError, ValueError, KeyError, TypeError):
        return None
