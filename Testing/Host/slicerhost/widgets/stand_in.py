"""What all stand-ins share: the mark of a C++ class, properties with a default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6 import QtCore

from slicerhost.pythonqt.meta import ask_early

Class = TypeVar("Class", bound=type)


def stand_in(cls: Class) -> Class:
    """Mark a class as one that plays a C++ class: nothing unknown can be set on its objects."""
    cls._stands_in = True
    ask_early([cls])
    return cls


def stored(
    type_name: Any, name: str, default: Any, changed: Callable[[Any], None] | None = None
) -> QtCore.Property:
    """A property that keeps its value in the object, and calls `changed(object)` after a change."""
    attribute = f"_{name}"

    def read(self: Any) -> Any:
        return self.__dict__.get(attribute, default)

    def write(self: Any, value: Any) -> None:
        if value != read(self):
            setattr(self, attribute, value)
            if changed is not None:
                changed(self)

    return QtCore.Property(type_name, read, write)
