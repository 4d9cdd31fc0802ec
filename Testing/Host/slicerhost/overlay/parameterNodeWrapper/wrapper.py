"""`@parameterNodeWrapper`: a class of annotated fields becomes a view on a parameter node."""

from __future__ import annotations

import typing
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import slicer
import vtk
from slicer.parameterNodeWrapper.annotations import Default
from slicer.parameterNodeWrapper.gui_connection import (
    connect_gui,
    connect_parameters,
    disconnect_gui,
)
from slicer.parameterNodeWrapper.pack import data_type, default_of, require_field
from slicer.parameterNodeWrapper.parameter_types import storage_of
from slicer.parameterNodeWrapper.storage import Storage


@dataclass(frozen=True)
class Parameter:
    """One field of a wrapper."""

    basename: str
    storage: Storage
    default: Default
    unalteredType: Any


def parameterNodeWrapper(cls: Any = None) -> Any:
    """Decorate a class of annotated fields; its constructor then takes a parameter node.

    Raises
    ------
    TypeError
        A field's type or annotation is unknown to Slicer.
    ValueError
        A field or method has a reserved name.
    """
    return make_wrapper(cls) if cls is not None else make_wrapper


def isParameterNodeWrapper(candidate: Any) -> bool:
    return getattr(candidate, "_is_parameter_node_wrapper", False)


def make_wrapper(cls: type) -> type:
    fields = typing.get_type_hints(cls, include_extras=True)
    parameters = {}
    for name, annotated in fields.items():
        storage = storage_of(annotated)
        default = default_of(cls, name, annotated, storage)
        parameters[name] = Parameter(name, storage, default, annotated)
    methods: dict[str, Any] = {
        "allParameters": parameters,
        "_is_parameter_node_wrapper": True,
        "dataType": staticmethod(lambda name: data_type(fields, name)),
        **METHODS,
    }
    for name in methods:
        if name in fields or name in cls.__dict__:
            raise ValueError(f"{cls.__name__}: the name {name!r} is reserved in a wrapper")
    for name, parameter in parameters.items():
        setattr(cls, name, as_property(parameter))
    for name, method in {**methods, "__init__": construct, "__setattr__": refuse_unknown}.items():
        setattr(cls, name, method)
    return cls


def construct(self: Any, parameterNode: Any, prefix: str | None = None) -> None:
    """Take a parameter node, and put the defaults of what it lacks into it."""
    self.parameterNode = parameterNode
    self._prefix = prefix or ""
    self._connections: dict[int, Any] = {}
    self._next_tag = 0
    self._refreshing = False
    self._cache: dict[str, Any] = {}
    with slicer.util.NodeModify(parameterNode):
        for parameter in self.allParameters.values():
            if not parameter.storage.is_in(parameterNode, self._prefix + parameter.basename):
                write(self, parameter, parameter.default.value)
    read_all(self)
    observe_for_cache(self)


def observe_for_cache(self: Any) -> None:
    """Follow the node's ModifiedEvent as long as the wrapper lives, without keeping it alive."""
    reference, node = weakref.ref(self), self.parameterNode

    def modified(caller: Any, event: Any) -> None:
        wrapper = reference()
        if wrapper is not None:
            read_all(wrapper)

    # Before the widgets are refreshed: VTK calls the first of equal observers last.
    tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, modified, 1.0)
    weakref.finalize(self, node.RemoveObserver, tag)


def read_all(self: Any) -> None:
    """Renew the cache.

    As in Slicer, this happens at a ModifiedEvent: a node reference that a loaded scene brings along
    comes with an event of its own, and is not seen until the node is modified.
    """
    for parameter in self.allParameters.values():
        if parameter.storage.is_cached():
            self._cache[parameter.basename] = read_now(self, parameter)


def refuse_unknown(self: Any, name: str, value: Any) -> None:
    """Refuse a misspelt parameter; Slicer would keep it as a plain attribute, unsaved."""
    if not hasattr(type(self), name) and not name.startswith("_") and name != "parameterNode":
        raise AttributeError(f"{type(self).__name__} has no parameter {name!r}")
    object.__setattr__(self, name, value)


def as_property(parameter: Parameter) -> property:
    return property(
        lambda self: read(self, parameter), lambda self, value: write(self, parameter, value)
    )


def read(self: Any, parameter: Parameter) -> Any:
    if parameter.storage.is_cached():
        return self._cache[parameter.basename]
    return read_now(self, parameter)


def read_now(self: Any, parameter: Parameter) -> Any:
    name = self._prefix + parameter.basename
    if not parameter.storage.is_in(self.parameterNode, name):
        parameter.storage.write(self.parameterNode, name, parameter.default.value)
    return parameter.storage.read(self.parameterNode, name)


def write(self: Any, parameter: Parameter, value: Any) -> None:
    """Put a value into the node; observers of the node find it in the cache already."""
    parameter.storage.check(value)
    with slicer.util.NodeModify(self.parameterNode):
        parameter.storage.write(self.parameterNode, self._prefix + parameter.basename, value)
        if parameter.storage.is_cached():
            self._cache[parameter.basename] = read_now(self, parameter)


def get_value(self: Any, name: str) -> Any:
    """A parameter by its name; parts of a pack behind dots."""
    head, _, rest = name.partition(".")
    require_field(self.allParameters, head)
    value = getattr(self, head)
    return value.getValue(rest) if rest else value


def set_value(self: Any, name: str, value: Any) -> None:
    head, _, rest = name.partition(".")
    require_field(self.allParameters, head)
    if rest:
        getattr(self, head).setValue(rest, value)
    else:
        setattr(self, head, value)


def default(self: Any, name: str) -> Default:
    require_field(self.allParameters, name)
    found: Default = self.allParameters[name].default
    return found


def is_cached(self: Any, name: str) -> bool:
    require_field(self.allParameters, name)
    return bool(self.allParameters[name].storage.is_cached())


METHODS: dict[str, Callable[..., Any]] = {
    "default": default,
    "isCached": is_cached,
    "getValue": get_value,
    "setValue": set_value,
    "connectGui": connect_gui,
    "connectParametersToGui": connect_parameters,
    "disconnectGui": disconnect_gui,
    "StartModify": lambda self: self.parameterNode.StartModify(),
    "EndModify": lambda self, modifying: self.parameterNode.EndModify(modifying),
    "AddObserver": lambda self, event, call, priority=0.0: self.parameterNode.AddObserver(
        event, call, priority
    ),
    "RemoveObserver": lambda self, tag: self.parameterNode.RemoveObserver(tag),
    "Modified": lambda self: self.parameterNode.Modified(),
}
