"""`@parameterPack`: several typed values that make one parameter."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from slicer.parameterNodeWrapper.annotations import Default, first, split
from slicer.parameterNodeWrapper.parameter_types import storage_of
from slicer.parameterNodeWrapper.storage import Storage


def parameterPack(cls: Any = None) -> Any:
    """Turn a class of annotated fields into a pack: constructor, checked fields, equality."""
    return make_pack(cls) if cls is not None else make_pack


def isParameterPack(cls: Any) -> bool:
    return getattr(split(cls)[0], "_is_parameter_pack", False)


def make_pack(cls: type) -> type:
    fields = typing.get_type_hints(cls, include_extras=True)
    storages = {name: storage_of(annotated) for name, annotated in fields.items()}
    defaults = {name: default_of(cls, name, fields[name], storages[name]) for name in fields}
    namespace = {
        "_is_parameter_pack": True,
        "_storages": storages,
        "allParameters": fields,
        "dataType": staticmethod(lambda name: data_type(fields, name)),
        "__init__": constructor(defaults),
        "__eq__": lambda self, other: type(self) is type(other) and self._values == other._values,
        "__repr__": lambda self: f"{cls.__name__}({self._values})",
        "__hash__": None,
        "getValue": get_value,
        "setValue": set_value,
    }
    for name in namespace:
        if name in cls.__dict__ and not name.startswith("__"):
            raise ValueError(f"{cls.__name__}: the name {name!r} is reserved in a parameterPack")
    for name, value in {**namespace, **{field: checked_field(field) for field in fields}}.items():
        setattr(cls, name, value)
    return cls


def default_of(cls: type, name: str, annotated: Any, storage: Storage) -> Default:
    """The default behind `=`, a base class's too, or in the annotation, or of the type."""
    if hasattr(cls, name):
        return Default(getattr(cls, name))
    annotation = first(split(annotated)[1], Default)
    return annotation if annotation is not None else Default(storage.default())


def constructor(defaults: dict[str, Default]) -> Callable[..., None]:
    def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:
        self._values: dict[str, Any] = {}
        self._changed: Callable[[], None] | None = None
        if len(arguments) > len(defaults):
            raise ValueError(f"{type(self).__name__} takes {len(defaults)} values at most")
        given = {**dict(zip(defaults, arguments, strict=False)), **keywords}
        for name, value in {**{n: d.value for n, d in defaults.items()}, **given}.items():
            if name not in defaults:
                raise ValueError(f"{type(self).__name__} has no field {name!r}")
            setattr(self, name, value)

    return __init__


def checked_field(name: str) -> property:
    def read(self: Any) -> Any:
        return self._values[name]

    def write(self: Any, value: Any) -> None:
        self._storages[name].check(value)
        self._values[name] = value
        if self._changed is not None:
            self._changed()

    return property(read, write)


def get_value(self: Any, name: str) -> Any:
    head, _, rest = name.partition(".")
    require_field(type(self).allParameters, head)
    value = getattr(self, head)
    return value.getValue(rest) if rest else value


def set_value(self: Any, name: str, value: Any) -> None:
    head, _, rest = name.rpartition(".")
    owner = get_value(self, head) if head else self
    require_field(type(owner).allParameters, rest)
    setattr(owner, rest, value)


def require_field(fields: dict[str, Any], name: str) -> None:
    if name not in fields:
        raise ValueError(f"there is no parameter {name!r} among {list(fields)}")


def data_type(fields: dict[str, Any], name: str) -> Any:
    head, _, rest = name.partition(".")
    require_field(fields, head)
    if not rest:
        return fields[head]
    bare = split(fields[head])[0]
    if not isParameterPack(bare):
        raise ValueError(f"{head!r} has no parts, so there is no parameter {name!r}")
    return bare.dataType(rest)


class PackStorage(Storage):
    """A pack in a parameter node, each field under a name of its own."""

    def __init__(self, cls: Any) -> None:
        self.cls = cls

    def default(self) -> Any:
        return self.cls()

    def check(self, value: Any) -> None:
        if not isinstance(value, self.cls):
            raise TypeError(f"the value must be a {self.cls.__name__}, not {value!r}")

    def is_in(self, node: Any, name: str) -> bool:
        return all(s.is_in(node, f"{name}.{field}") for field, s in self.cls._storages.items())

    def write(self, node: Any, name: str, value: Any) -> None:
        for field, storage in self.cls._storages.items():
            storage.write(node, f"{name}.{field}", getattr(value, field))

    def read(self, node: Any, name: str) -> Any:
        """A pack whose changes go into the node."""
        pack = self.cls(**{f: s.read(node, f"{name}.{f}") for f, s in self.cls._storages.items()})
        self.follow(pack, lambda: self.write(node, name, pack))
        return pack

    def follow(self, pack: Any, changed: Callable[[], None]) -> None:
        pack._changed = changed
        for value in pack._values.values():
            if isParameterPack(type(value)):
                self.follow(value, changed)
