"""Attributes of Qt objects as PythonQt resolves them.

A Q_PROPERTY shadows its getter, writing it converts by the property's type, and nothing unknown
can be set on a C++ object. Source: `PythonQtInstanceWrapper_getattro` and `_setattro` of
`PythonQtInstanceWrapper.cpp`.
"""

from __future__ import annotations

import ctypes
import enum
import functools
from collections.abc import Iterable
from types import BuiltinMethodType, FunctionType
from typing import Any

import shiboken6
from PySide6 import QtCore

from slicerhost.pythonqt import signals
from slicerhost.pythonqt.conversion import RefusedError, to_property, to_python
from slicerhost.pythonqt.meta import Property, ask_early, properties_of, signals_of
from slicerhost.pythonqt.methods import QtMethod, refuse_keywords

# Python's plain way of setting: a wrapper of `__setattr__` refuses to jump over Shiboken's classes.
_set_plainly = ctypes.pythonapi.PyObject_GenericSetAttr
_set_plainly.argtypes = [ctypes.py_object, ctypes.py_object, ctypes.py_object]
_set_plainly.restype = ctypes.c_int

SIGNAL_TYPES = (QtCore.SignalInstance,)
CONNECTIONS = {"connect": signals.connect, "disconnect": signals.disconnect}


class Kind(enum.Enum):
    """How a name on an object is resolved."""

    PROPERTY = enum.auto()
    CONNECTION = enum.auto()
    CLASS_NAME = enum.auto()
    PYTHON = enum.auto()
    STAND_IN_METHOD = enum.auto()
    OTHER = enum.auto()


def is_qt(cls: type) -> bool:
    return cls.__module__.startswith(("PySide6.", "Shiboken"))


def is_stand_in(cls: type) -> bool:
    """Whether a Python class plays a C++ class of CTK or Slicer."""
    return "_stands_in" in cls.__dict__


def property_of(cls: type, name: str) -> Property | None:
    """The Q_PROPERTY of a class by name; `name` is PythonQt's other name of `objectName`."""
    return properties_of(cls).get("objectName" if name == "name" else name)


@functools.cache
def kind_of(cls: type, name: str) -> Kind:
    if name in CONNECTIONS:
        return Kind.CONNECTION
    if name == "className":
        return Kind.CLASS_NAME
    of_stand_in = False
    for base in cls.__mro__:
        if is_qt(base):
            break
        of_stand_in = of_stand_in or is_stand_in(base)
        if name in base.__dict__:
            return kind_of_member(cls, name, base.__dict__[name], of_stand_in)
    return Kind.PROPERTY if property_of(cls, name) is not None else Kind.OTHER


def kind_of_member(cls: type, name: str, member: Any, of_stand_in: bool) -> Kind:
    """Tell what a Python class has from what a stand-in plays; Qt itself calls what overrides."""
    if isinstance(member, QtCore.Property):
        return Kind.PROPERTY
    overrides = any(is_qt(base) and name in base.__dict__ for base in cls.__mro__)
    plays = of_stand_in and isinstance(member, FunctionType) and not name.startswith("_")
    return Kind.STAND_IN_METHOD if plays and not overrides else Kind.PYTHON


# Some getters are virtual: Qt looks them up on the object again while the property is read.
_reading: set[tuple[int, str]] = set()


def get_attribute(self: QtCore.QObject, name: str) -> Any:
    """PythonQt's reading of an attribute."""
    if name.startswith("__"):
        return object.__getattribute__(self, name)
    cls = type(self)
    kind = kind_of(cls, name)
    if kind is Kind.CONNECTION:
        return QtMethod(functools.partial(CONNECTIONS[name], self), name)
    if kind is Kind.CLASS_NAME:
        return lambda: cls.__name__
    if kind is Kind.PYTHON:
        return object.__getattribute__(self, name)
    if kind is Kind.STAND_IN_METHOD:
        return QtMethod(object.__getattribute__(self, name))
    if kind is Kind.PROPERTY and (id(self), name) not in _reading:
        return read_property(self, name)
    return other_attribute(self, name)


def read_property(self: QtCore.QObject, name: str) -> Any:
    found = property_of(type(self), name)
    assert found is not None
    reading = (id(self), name)
    _reading.add(reading)
    try:
        return to_python(QtCore.QObject.property(self, found.name))
    finally:
        _reading.discard(reading)


def other_attribute(self: QtCore.QObject, name: str) -> Any:
    """A method, a signal, an enumeration; else a dynamic property, else a child of that name."""
    try:
        value = object.__getattribute__(self, name)
    except AttributeError:
        return dynamic_attribute(self, name)
    if isinstance(value, SIGNAL_TYPES):
        return bound_signal(self, name, value)
    return QtMethod(value) if isinstance(value, BuiltinMethodType) else value


def bound_signal(self: QtCore.QObject, name: str, native: Any) -> signals.BoundSignal:
    """The overload that declares most: `clicked` is `clicked(bool)`."""
    return signals.BoundSignal(self, signals_of(type(self))[name][0], native)


def dynamic_attribute(self: QtCore.QObject, name: str) -> Any:
    if shiboken6.isValid(self):
        value = QtCore.QObject.property(self, name)
        if value is not None:
            return to_python(value)
        for child in QtCore.QObject.children(self):
            if QtCore.QObject.objectName(child) == name:
                return child
    raise AttributeError(f"{type(self).__name__} has no attribute named '{name}'")


def set_attribute(self: QtCore.QObject, name: str, value: Any) -> None:
    """PythonQt's writing of an attribute."""
    cls = type(self)
    kind = kind_of(cls, name)
    if kind is Kind.PROPERTY:
        write_property(self, name, value)
    elif kind is Kind.OTHER and hasattr(cls, name):
        raise AttributeError(f"Slot '{name}' can not be overwritten on {cls.__name__} object")
    elif may_hold(cls, name):
        _set_plainly(self, name, value)
    elif QtCore.QObject.property(self, name) is not None:
        QtCore.QObject.setProperty(self, name, value)
    else:
        raise no_new_attribute(cls, name)


def set_on_value(self: Any, name: str, value: Any) -> None:
    """PythonQt's writing of an attribute on what is no QObject: a colour, a size, an event."""
    cls = type(self)
    if is_qt(cls):
        raise no_new_attribute(cls, name)
    _set_plainly(self, name, value)


def no_new_attribute(cls: type, name: str) -> AttributeError:
    return AttributeError(
        f"'{name}' does not exist on {cls.__name__} and creating new attributes on C++ objects is "
        "not allowed"
    )


def may_hold(cls: type, name: str) -> bool:
    """Whether an object may carry attributes: a Python subclass any, a stand-in its inside."""
    if is_qt(cls):
        return False
    return name.startswith("_") or not is_stand_in(cls)


def write_property(self: QtCore.QObject, name: str, value: Any) -> None:
    found = property_of(type(self), name)
    assert found is not None
    if not found.writable:
        raise AttributeError(f"Property '{name}' of {type(self).__name__} object is not writable")
    try:
        current = QtCore.QObject.property(self, found.name)
        converted = to_property(value, found.type_name, current)
        accepted = QtCore.QObject.setProperty(self, found.name, converted)
    except (RefusedError, ValueError):
        accepted = False
    if not accepted:
        raise AttributeError(
            f"Property '{name}' of type '{found.type_name}' does not accept an object of type "
            f"{type(value).__name__} ({value!r})"
        )


def patch(classes: Iterable[type]) -> None:
    """Give Qt's classes PythonQt's attributes and constructors. Once a process."""
    classes = list(classes)
    ask_early(classes)
    QtCore.QObject.__getattribute__ = get_attribute
    for cls in classes:
        cls.__setattr__ = set_attribute if issubclass(cls, QtCore.QObject) else set_on_value
        take_no_keywords(cls)


def take_no_keywords(cls: type) -> None:
    construct = cls.__init__

    def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:
        refuse_keywords(cls.__name__, keywords)
        construct(self, *arguments)

    cls.__init__ = __init__
