"""Values on their way between Python and Qt, by PythonQt's rules.

Source: `PyObjToQVariant`, `QStringListToPyObject` and `QVariantListToPyObject` of
`PythonQtConversion.cpp`.
"""

from __future__ import annotations

import enum
import math
import operator
from typing import Any

INTEGERS = {"int", "uint", "long", "ulong", "qlonglong", "qulonglong", "short", "ushort"}
FLOATS = {"double", "float"}


class RefusedError(TypeError):
    """A value that PythonQt does not turn into the property's type."""


def to_python(value: Any) -> Any:
    """Hand a value from Qt to Python: lists of any kind arrive as tuples."""
    return tuple(map(to_python, value)) if isinstance(value, list) else value


def to_property(value: Any, type_name: str, current: Any) -> Any:
    """Turn a Python value into one that a property of a C++ type takes.

    Parameters
    ----------
    value
        What Python code assigned.
    type_name
        The property's C++ type, as its meta object names it.
    current
        The property's present value; it tells the class of an enumeration.

    Raises
    ------
    RefusedError
        PythonQt would not convert the value.
    """
    if type_name == "QString":
        return str(value)
    if type_name == "bool":
        return bool(to_integer(value))
    if type_name in INTEGERS:
        return to_integer(value)
    if type_name in FLOATS:
        return to_float(value)
    if value is None:
        raise RefusedError
    if isinstance(current, enum.Enum) and isinstance(value, int):
        return type(current)(value)
    if type_name in {"QStringList", "QVariantList"}:
        return [str(item) for item in value] if type_name == "QStringList" else list(value)
    return value


def to_integer(value: Any) -> int:
    """Round a float down and take anything that has an index: bool, numpy integers."""
    if isinstance(value, float):
        return math.floor(value)
    if isinstance(value, enum.Enum):
        value = value.value
    try:
        return operator.index(value)
    except TypeError as error:
        raise RefusedError from error


def to_float(value: Any) -> float:
    """Take anything that has a float of its own; a text has none."""
    if isinstance(value, str):
        raise RefusedError
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise RefusedError from error
