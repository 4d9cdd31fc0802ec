"""What a class declares to Qt, read once.

An object's `metaObject()` hands out the very wrapper that is its class's `staticMetaObject`, and
makes it end with the object: afterwards the class cannot be asked any more. So a class is asked
before it has objects, objects never are, and what is kept is plain data.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6 import QtCore


@dataclass(frozen=True)
class Property:
    """A Q_PROPERTY: its name, its C++ type, whether it can be written."""

    name: str
    type_name: str
    writable: bool


@functools.cache
def properties_of(cls: type) -> dict[str, Property]:
    """The Q_PROPERTYs of a class by name, inherited ones with them."""
    meta = cls.staticMetaObject
    found = (meta.property(index) for index in range(meta.propertyCount()))
    return {p.name(): Property(p.name(), p.typeName(), p.isWritable()) for p in found}


@functools.cache
def signals_of(cls: type) -> dict[str, list[str]]:
    """The signatures of a class's signals by name, the one that declares most first."""
    return signatures_of(cls, QtCore.QMetaMethod.MethodType.Signal)


@functools.cache
def slots_of(cls: type) -> set[str]:
    """The signatures of a class's slots, as Qt declares them."""
    found = signatures_of(cls, QtCore.QMetaMethod.MethodType.Slot)
    return {signature for overloads in found.values() for signature in overloads}


def signatures_of(cls: type, kind: QtCore.QMetaMethod.MethodType) -> dict[str, list[str]]:
    meta = cls.staticMetaObject
    found: dict[str, list[str]] = {}
    for method in (meta.method(index) for index in range(meta.methodCount())):
        if method.methodType() == kind:
            name = bytes(method.name().data()).decode()
            signature = bytes(method.methodSignature().data()).decode()
            found.setdefault(name, []).append(signature)
    return found


def ask_early(classes: Iterable[type]) -> None:
    """Read what classes declare while they have no objects."""
    for cls in classes:
        if issubclass(cls, QtCore.QObject):
            properties_of(cls)
            signals_of(cls)
            slots_of(cls)
