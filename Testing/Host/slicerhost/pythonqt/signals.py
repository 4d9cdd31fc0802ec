"""Connections as PythonQt makes them.

Source: `PythonQtSignalReceiver.cpp` (how many arguments a callable gets, strong references),
`PythonQtSignal.cpp` (`object.signal.connect` and `disconnect`) and `PythonQtStdDecorators.cpp`
(`connect` and `disconnect` of a signature; the slot of another object is connected in C++).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

import shiboken6
from PySide6 import QtCore

from slicerhost.pythonqt.conversion import to_python
from slicerhost.pythonqt.meta import signals_of, slots_of
from slicerhost.records import records

VARARGS = 0x04  # CO_VARARGS of a code object's flags

# Qt's own connect, before objects are given PythonQt's.
QT_CONNECT = QtCore.QObject.connect
QT_DISCONNECT = QtCore.QObject.disconnect


def positional_count(target: Callable[..., Any]) -> int | None:
    """Number of arguments that PythonQt passes at most, None for all.

    Defaults count; partials, callable objects and `*arguments` get everything.
    """
    method = isinstance(target, MethodType)
    function = target.__func__ if method else target
    if not isinstance(function, FunctionType) or function.__code__.co_flags & VARARGS:
        return None
    return function.__code__.co_argcount - int(method)


def deliver(target: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Call a connected callable; what it raises is printed and recorded, and the caller goes on."""
    try:
        target(*map(to_python, arguments[: positional_count(target)]))
    except Exception:
        sys.excepthook(*sys.exc_info())


class HostSignal:
    """A signal of a stand-in, declared by its C++ signature.

    Read from an instance it is a `BoundSignal`. The name in the signature is the signal's; one
    class may declare several overloads under different attribute names.
    """

    def __init__(self, signature: str) -> None:
        self.signature = normalized(signature)

    def __set_name__(self, owner: type, name: str) -> None:
        known = owner.__dict__.get("_host_signals", {})
        owner._host_signals = {**known, self.signature: self}

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else BoundSignal(instance, self.signature)


@dataclass(frozen=True)
class BoundSignal:
    """A signal of one object: connect, disconnect, emit."""

    sender: Any
    signature: str
    native: Any = None

    def connect(self, *arguments: Any) -> bool:
        if len(arguments) != 1:
            raise ValueError("Called connect with wrong number of arguments")
        return connect(self.sender, self.signature, arguments[0])

    def disconnect(self, *arguments: Any) -> bool:
        if len(arguments) > 1:
            raise ValueError("Called disconnect with wrong number of arguments")
        return disconnect(self.sender, self.signature, *arguments)

    def emit(self, *arguments: Any) -> None:
        """Emit the signal with all of its arguments; ValueError for another number of them."""
        if len(arguments) != len(parameters_of(self.signature)):
            raise ValueError(f"Called {self.signature} with wrong arguments: {arguments}")
        if self.native is not None:
            self.native.emit(*arguments)
            return
        if isinstance(self.sender, QtCore.QObject) and self.sender.signalsBlocked():
            return
        for connection in list(connections_of(self.sender)):
            if connection.signature == self.signature:
                deliver(connection.target, arguments)

    __call__ = emit


@dataclass(frozen=True)
class Connection:
    """One callable connected to one signal; `handle` is Qt's, None for a stand-in's signal."""

    signature: str
    target: Callable[..., Any]
    handle: Any = None


_connections: dict[int, list[Connection]] = {}


def connections_of(sender: Any) -> list[Connection]:
    """The live connections of an object, in the order in which they were made."""
    return _connections.setdefault(key_of(sender), [])


def key_of(sender: Any) -> int:
    """An identity that outlives Python's wrapper of a C++ object."""
    if isinstance(sender, QtCore.QObject):
        return shiboken6.getCppPointer(sender)[0]
    return id(sender)


def connect(sender: Any, signature: str, target: Any, slot: str | None = None, /) -> bool:
    """Connect a callable, or a receiver's slot by its signature; False if there is no such."""
    found = find_signal(sender, signature)
    if found is None:
        return complain_about("connect", sender, signature)
    fault = fault_of(found, target, slot)
    if fault is not None:
        records.complain(f"PythonQt: cannot connect '{signature}': {fault}")
        return False
    receive = target if slot is None else slot_target(target, slot)
    handle = None
    forget_when_destroyed(sender)
    if found not in host_signals(sender):
        handle = QT_CONNECT(sender, QtCore.SIGNAL(found), lambda *values: deliver(receive, values))
    connections_of(sender).append(Connection(found, receive, handle))
    return True


def disconnect(sender: Any, signature: str, target: Any = None, slot: str | None = None, /) -> bool:
    """Cut the first connection to a callable; without one, all of the signal, Qt's own included."""
    found = find_signal(sender, signature)
    if found is None:
        return complain_about("disconnect", sender, signature)
    wanted = target if slot is None else slot_target(target, slot)
    mine = [c for c in connections_of(sender) if c.signature == found]
    cut = mine if wanted is None else [c for c in mine if c.target == wanted][:1]
    for connection in cut:
        connections_of(sender).remove(connection)
        if connection.handle is not None:
            QT_DISCONNECT(connection.handle)
    if wanted is None and found not in host_signals(sender):
        return bool(QT_DISCONNECT(sender, QtCore.SIGNAL(found), None, None)) or bool(cut)
    return bool(cut)


def complain_about(call: str, sender: Any, signature: str) -> bool:
    name = type(sender).__name__
    records.complain(f"PythonQt: QObject::{call}() signal '{signature}' does not exist on {name}")
    return False


def find_signal(sender: Any, signature: str) -> str | None:
    """The signal's normalised signature, None where the object has no such signal."""
    wanted = normalized(signature)
    if wanted in host_signals(sender):
        return wanted
    if not isinstance(sender, QtCore.QObject):
        return None
    declared = signals_of(type(sender)).get(wanted.partition("(")[0], [])
    return wanted if wanted in declared else None


def fault_of(signal: str, target: Any, slot: str | None) -> str | None:
    """Say why a signal cannot be connected to a callable, or to a slot of an object."""
    if slot is None:
        return None if callable(target) else f"{target!r} is not callable"
    wanted, name = normalized(slot), type(target).__name__
    if not has_slot(target, wanted):
        return f"{name} has no slot {slot}"
    if not QtCore.QMetaObject.checkConnectArgs(signal, wanted):
        return f"the slot {slot} of {name} takes other arguments"
    return None


def has_slot(receiver: Any, slot: str) -> bool:
    """Whether an object has a slot of a normalised signature; a stand-in's is told by its name."""
    name = slot.partition("(")[0]
    for cls in type(receiver).__mro__:
        if cls.__module__.startswith("PySide6"):
            return slot in slots_of(type(receiver))
        if name in cls.__dict__:
            return isinstance(cls.__dict__[name], FunctionType)
    return False


@dataclass(frozen=True)
class SlotTarget:
    """A slot of an object, called with as many arguments as its signature has.

    It equals itself alone, never the bound method of that name: in Qt it is a connection in C++.
    """

    receiver: Any
    slot: str

    def __call__(self, *arguments: Any) -> None:
        method = getattr(self.receiver, self.slot.partition("(")[0])
        method(*arguments[: len(parameters_of(self.slot))])


def slot_target(receiver: Any, slot: str) -> SlotTarget:
    return SlotTarget(receiver, normalized(slot))


def host_signals(sender: Any) -> dict[str, HostSignal]:
    """Signals that a stand-in's classes declare, by signature."""
    declared: dict[str, HostSignal] = {}
    for cls in reversed(type(sender).__mro__):
        declared.update(cls.__dict__.get("_host_signals", {}))
    return declared


def normalized(signature: str) -> str:
    """A signature as Qt writes it: no spaces, no const reference."""
    return bytes(QtCore.QMetaObject.normalizedSignature(signature).data()).decode()


def parameters_of(signature: str) -> list[str]:
    """The parameter types of a normalised signature."""
    inside = signature.partition("(")[2].removesuffix(")")
    return inside.split(",") if inside else []


_watched: set[int] = set()


def forget_when_destroyed(sender: Any) -> None:
    """Drop an object's connections as it dies: another may come to lie at its address."""
    key = key_of(sender)
    if isinstance(sender, QtCore.QObject) and key not in _watched:
        _watched.add(key)
        QT_CONNECT(sender, QtCore.SIGNAL("destroyed()"), lambda: forget(key))


def forget(key: int) -> None:
    _watched.discard(key)
    _connections.pop(key, None)
