"""The ablation: short runs that differ from one in a single thing each, to show what helps.

Each row is ``motionqc pretrain --config BASE --set ...`` with the fields of all rows and its own,
judged on the evaluations that the ablation names. A choice is made by what it finds: it asks about
validation subjects, and about sites that the rows leave out, never about test subjects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from MotionQCTraining.evaluation.units import SETS, Evaluation

FLOOR = "floor"
"""The row of the regression on simple image features, which no network precedes."""


@dataclass(frozen=True)
class Row:
    """One run.

    Parameters
    ----------
    asks : str
        What it shows.
    changes : tuple of str
        Fields of the configuration that it replaces besides, ``name=value`` each.
    """

    asks: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ablation:
    """All runs.

    Parameters
    ----------
    base : str
        The preset of pretraining that all start from.
    common : tuple of str
        Fields of its configuration that all rows replace.
    evaluations : tuple
        What the rows are judged by: some of ``held-out``, ``foreign``, ``continuous``, ``still``.
    rows : dict
        The runs by name; one changes nothing, and the others are compared with it.
    """

    STAGE: ClassVar[str] = "ablation"

    base: str
    common: tuple[str, ...]
    evaluations: tuple[Evaluation, ...]
    rows: dict[str, Row]

    def __post_init__(self) -> None:
        strange = [name for name in self.evaluations if name not in SETS]
        if strange or not self.evaluations:
            raise ValueError(
                f"evaluations has {', '.join(strange) or 'nothing'}; give some of "
                f"{', '.join(SETS)}: others are of test subjects, by whom nothing is chosen"
            )
        if FLOOR in self.rows:
            raise ValueError(f"rows has {FLOOR!r}, which stands for the regression; rename it")
        if not any(not row.changes for row in self.rows.values()):
            raise ValueError("rows has none that changes nothing; the others need one to compare")

    def overrides(self, name: str, further: Sequence[str] = ()) -> tuple[str, ...]:
        """Return what ``--set`` takes for a row: common fields, further ones, its own."""
        return (*self.common, *further, *self.rows[name].changes)
