"""Reading a JSON object field by field, each of the type that it should have."""

from __future__ import annotations

from math import isfinite
from typing import Any


class Section:
    """A JSON object whose fields are read with their type checked.

    Parameters
    ----------
    value : object
        What a JSON document has there.
    name : str
        What to call it in a message.

    Raises
    ------
    ValueError
        It is no JSON object.
    """

    def __init__(self, value: object, name: str) -> None:
        if not isinstance(value, dict):
            raise ValueError(f"{name} is not a JSON object")
        self._value, self._name = value, name

    def get(self, key: str, kind: type) -> Any:
        """Return a field.

        Raises
        ------
        ValueError
            It is absent, or of another type.
        """
        if key not in self._value:
            raise ValueError(f"{key} is absent")
        value = self._value[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{key} is {value!r:.60}; expected {kind.__name__}")
        return value

    def number(self, key: str) -> float:
        """Return a field that is a finite number.

        Raises
        ------
        ValueError
            It is absent, or no such number.
        """
        return finite(self._value.get(key), key)

    def optional_number(self, key: str) -> float | None:
        """Return a finite number, or None where it is null or absent.

        Raises
        ------
        ValueError
            It is something else.
        """
        return None if self._value.get(key) is None else self.number(key)

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of finite numbers.

        Raises
        ------
        ValueError
            It is absent, or something else.
        """
        return tuple(finite(value, f"an entry of {key}") for value in self.get(key, list))

    def has(self, key: str) -> bool:
        """Whether there is such a field."""
        return key in self._value

    def section(self, key: str) -> Section:
        """Return a field that is an object itself.

        Raises
        ------
        ValueError
            It is absent, or something else.
        """
        return Section(self._value.get(key), key)

    def optional_section(self, key: str) -> Section | None:
        """Return a field that is an object itself, or None where it is null or absent.

        Raises
        ------
        ValueError
            It is something else.
        """
        return None if self._value.get(key) is None else self.section(key)

    def sections(self, key: str) -> list[Section]:
        """Return a list of objects.

        Raises
        ------
        ValueError
            It is absent, or something else.
        """
        return [Section(item, f"an entry of {key}") for item in self.get(key, list)]

    def only(self, *keys: str) -> None:
        """Refuse fields of other names.

        Raises
        ------
        ValueError
            There is one.
        """
        if unknown := sorted(self._value.keys() - set(keys)):
            raise ValueError(f"{self._name} has an unknown field {unknown[0]!r:.60}")


def finite(value: object, name: str) -> float:
    """Return a finite number as float.

    Raises
    ------
    ValueError
        It is no number, or not finite.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            if isfinite(number := float(value)):
                return number
        except OverflowError:  # an integer of some hundred digits
            pass
    raise ValueError(f"{name} is {value!r:.60}; expected a finite number")
