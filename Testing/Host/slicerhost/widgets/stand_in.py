"""What all stand-ins share: the mark of a C++ class, its one constructor, properties that keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6 import QtCore, QtWidgets

from slicerhost.pythonqt.meta import ask_early

Class = TypeVar("Class", bound=type)


def stand_in(cls: Class) -> Class:
    """Mark a class as one that plays a C++ class: nothing unknown can be set on its objects."""
    cls._stands_in = True
    ask_early([cls])
    return cls


def only_parent(parent: Any) -> Any:
    """What a stand-in's constructor was given: a parent, or nothing.

    Of the constructors of CTK's and Slicer's widgets only the one that takes a parent is wrapped
    for Python (`ctkWrapPythonQt.py`).

    Raises
    ------
    ValueError
        It is something else, a title for example.
    """
    if parent is not None and not isinstance(parent, QtWidgets.QWidget):
        raise ValueError(f"the constructor takes a parent widget alone, not {parent!r}")
    return parent


def in_a_row(widget: Any, *parts: Any) -> Any:
    """Lay the parts of a stand-in out side by side, without a margin; answers the layout."""
    row = QtWidgets.QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part)
    return row


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
