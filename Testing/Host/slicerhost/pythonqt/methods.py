"""Methods of Qt objects as PythonQt offers them: positional arguments, tuples for lists.

Source: `PythonQtSlot.cpp`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicerhost.pythonqt.conversion import to_python


class QtMethod:
    """A bound method of a Qt object."""

    __slots__ = ("_method", "_name")

    def __init__(self, method: Callable[..., Any], name: str = "") -> None:
        self._method = method
        self._name = name or method.__name__

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        refuse_keywords(self._name, keywords)
        return to_python(self._method(*map(unwrapped, arguments)))

    def __eq__(self, other: object) -> bool:
        return self._method == (other._method if isinstance(other, QtMethod) else other)

    def __hash__(self) -> int:
        return hash(self._method)

    def __repr__(self) -> str:
        return f"<qt slot {self._name}>"


def unwrapped(value: Any) -> Any:
    """The bare method of a QtMethod, for PySide; anything else as it is."""
    return value._method if isinstance(value, QtMethod) else value


def refuse_keywords(name: str, keywords: dict[str, Any]) -> None:
    """Raise ValueError for keyword arguments: PythonQt passes arguments by position only."""
    if keywords:
        names = ", ".join(sorted(keywords))
        raise ValueError(f"{name} was called with keyword arguments ({names}): pass by position")
