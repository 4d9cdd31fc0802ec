"""What can stand in `Annotated[...]`: validators, a default, hints for widgets."""

from __future__ import annotations

import typing
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Kind = TypeVar("Kind")


class Validator(ABC):
    """Refuses values that a parameter must not have; a module may have its own."""

    @abstractmethod
    def validate(self, value: Any) -> None:
        """Raise ValueError for a value that is not valid."""


class NotNone(Validator):
    """Any value but None."""

    def validate(self, value: Any) -> None:
        if value is None:
            raise ValueError("the value must not be None")


@dataclass(frozen=True)
class IsInstance(Validator):
    """Instances of a class; None passes."""

    classtype: Any

    def validate(self, value: Any) -> None:
        if value is not None and not isinstance(value, self.classtype):
            raise TypeError(f"the value must be of type {self.classtype}, not {value!r}")


@dataclass(frozen=True)
class WithinRange(Validator):
    """Values of a closed interval."""

    minimum: Any
    maximum: Any

    def validate(self, value: Any) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within [{self.minimum}, {self.maximum}]")


@dataclass(frozen=True)
class Minimum(Validator):
    """Values from a bound on."""

    minimum: Any

    def validate(self, value: Any) -> None:
        if value < self.minimum:
            raise ValueError(f"{value} is less than {self.minimum}")


@dataclass(frozen=True)
class Maximum(Validator):
    """Values up to a bound."""

    maximum: Any

    def validate(self, value: Any) -> None:
        if value > self.maximum:
            raise ValueError(f"{value} is greater than {self.maximum}")


@dataclass(frozen=True)
class Choice(Validator):
    """Values of a list."""

    choices: Sequence[Any]

    def validate(self, value: Any) -> None:
        if value not in self.choices:
            raise ValueError(f"{value!r} is none of {list(self.choices)}")


@dataclass(frozen=True)
class Exclude(Validator):
    """Values that are not in a list."""

    excludedValues: Sequence[Any]

    def validate(self, value: Any) -> None:
        if value in self.excludedValues:
            raise ValueError(f"{value!r} is excluded")


@dataclass(frozen=True)
class Default:
    """The value that a parameter begins with, or a function that makes it."""

    fixed: Any = None
    generator: Callable[[], Any] | None = None

    @property
    def value(self) -> Any:
        return self.fixed if self.generator is None else self.generator()


@dataclass(frozen=True)
class Decimals:
    """Digits that a bound spin box or slider shows."""

    value: int


@dataclass(frozen=True)
class SingleStep:
    """Step of a bound spin box or slider."""

    value: float


KNOWN = (Validator, Default, Decimals, SingleStep)


def split(annotated: Any) -> tuple[Any, list[Any]]:
    """The bare type and its annotations.

    Raises
    ------
    TypeError
        An annotation is none that Slicer knows; there it would be passed over with a warning.
    """
    if typing.get_origin(annotated) is not typing.Annotated:
        return annotated, []
    bare, *annotations = typing.get_args(annotated)
    for annotation in annotations:
        if not isinstance(annotation, KNOWN):
            raise TypeError(f"{annotation!r} is no annotation of a parameter")
    return bare, annotations


def first(annotations: list[Any], kind: type[Kind]) -> Kind | None:
    return next((entry for entry in annotations if isinstance(entry, kind)), None)


def validate(annotations: list[Any], value: Any) -> None:
    """Raise ValueError where an annotation refuses the value."""
    for annotation in annotations:
        if isinstance(annotation, Validator):
            annotation.validate(value)
