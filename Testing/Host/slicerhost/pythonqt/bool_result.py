"""PythonQt's place for a `bool*` argument, `PythonQt.BoolResult()`.

Source: `PythonQtBoolResult.cpp`: made of nothing, asked by `bool`, and nothing else.
"""

from __future__ import annotations


class BoolResult:
    """False, until the function that it is handed to says otherwise."""

    __slots__ = ("_value",)

    def __init__(self) -> None:
        self._value = False

    def __bool__(self) -> bool:
        return self._value

    def __repr__(self) -> str:
        return f"BoolResult({self._value})"
