"""What a search for good settings is: one frozen record, checked at once."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

from MotionQCTraining.limits import COUNT, NOT_NEGATIVE, POSITIVE, TWO_OR_MORE, Limit, require

_LIMITS = {
    "search": Limit(bool, "at least one field to search over"),
    "trials": COUNT,
    "least_steps": COUNT,
    "keep_one_in": TWO_OR_MORE,
    "cpus": POSITIVE,
    "gpus": NOT_NEGATIVE,
}


@dataclass(frozen=True)
class Draw:
    """How a field is drawn: exactly one of the ways.

    Parameters
    ----------
    log_uniform, uniform : tuple of float
        Lowest and highest number; evenly by ratio, or by difference.
    integer : tuple of int
        Lowest and highest whole number.
    choice : tuple
        The values.
    """

    log_uniform: tuple[float, ...] = ()
    uniform: tuple[float, ...] = ()
    integer: tuple[int, ...] = ()
    choice: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        ways = [f.name for f in fields(self) if getattr(self, f.name)]
        if len(ways) != 1:
            given = ", ".join(ways) or "none"
            raise ValueError(
                f"{given} is given; give one of {', '.join(f.name for f in fields(self))}"
            )
        ends = getattr(self, ways[0])
        if ways != ["choice"] and not (len(ends) == 2 and ends[0] < ends[1]):
            raise ValueError(f"{ways[0]} is {ends}; give the lowest and the highest value")
        if self.log_uniform and self.log_uniform[0] <= 0:
            raise ValueError(f"log_uniform is {ends}; give numbers above 0")

    @property
    def extremes(self) -> tuple[Any, ...]:
        """Values within which all others lie, or all of them."""
        return self.log_uniform or self.uniform or self.integer or self.choice


@dataclass(frozen=True)
class TuneConfig:
    """A search for the fields of a stage's configuration by which its model becomes best.

    Parameters
    ----------
    stage : str
        ``pretrain`` or ``finetune``.
    base : str
        What is varied: a preset's name or a file of that stage.
    fixed : dict
        Fields by dotted name that all trials have in common, instead of the base's.
    search : dict
        Fields by dotted name and how each is drawn.
    metric : str
        What is compared: a figure of a validation, ``val_r2`` say; of ``finetune``, whose trials
        have one at their end, ``balanced_accuracy``.
    mode : str
        ``max`` or ``min``.
    trials : int
        How many.
    least_steps : int
        No trial ends before so many steps for being worse than others.
    keep_one_in : int
        Of so many trials that have come equally far, one goes on (ASHA).
    cpus, gpus : float
        What one trial takes; as many run at once as there is room for.
    seed : int
        Seed of the draws.
    """

    STAGE: ClassVar[str] = "tune"

    stage: Literal["pretrain", "finetune"] = "pretrain"
    base: str = "motionqc"
    fixed: dict[str, Any] = field(default_factory=dict)
    search: dict[str, Draw] = field(default_factory=dict)
    metric: str = "val_r2"
    mode: Literal["max", "min"] = "max"
    trials: int = 20
    least_steps: int = 200
    keep_one_in: int = 3
    cpus: float = 2.0
    gpus: float = 0.0
    seed: int = 2025

    def __post_init__(self) -> None:
        require(self, _LIMITS)
