"""How a value of each supported type lies in a parameter node.

A parameter node holds texts and node references under names; what consists of parts lies under
several names.
"""

from __future__ import annotations

import enum
import pathlib
import types
import typing
from collections.abc import Callable, MutableMapping, MutableSequence
from typing import Any

import qt
import slicer
from slicer.parameterNodeWrapper.annotations import split, validate

PATHS = (pathlib.Path, pathlib.PosixPath, pathlib.PurePath, pathlib.PurePosixPath)


class Storage:
    """Reads and writes values of one type under a name."""

    def default(self) -> Any:
        """The value of a parameter without a default of its own."""
        raise NotImplementedError

    def check(self, value: Any) -> None:
        """Raise TypeError or ValueError for a value that is not of the type."""

    def write(self, node: Any, name: str, value: Any) -> None:
        """Put a valid value into the node."""
        raise NotImplementedError

    def read(self, node: Any, name: str) -> Any:
        """Take the value from the node."""
        raise NotImplementedError

    def is_in(self, node: Any, name: str) -> bool:
        return bool(node.HasParameter(name))

    def is_cached(self) -> bool:
        """Whether a wrapper keeps the value between two ModifiedEvents of the node."""
        return False


class TextStorage(Storage):
    """Types whose values are one text."""

    def __init__(
        self,
        accepted: Any,
        default: Callable[[], Any],
        to_text: Callable[[Any], str],
        from_text: Callable[[str], Any],
    ) -> None:
        self.accepted, self.default = accepted, default  # type: ignore[method-assign]
        self._to_text, self._from_text = to_text, from_text

    def check(self, value: Any) -> None:
        if value is None:
            raise ValueError("the value must not be None")
        if not isinstance(value, self.accepted):
            raise TypeError(f"the value must be of type {self.accepted}, not {value!r}")

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, self._to_text(value))

    def read(self, node: Any, name: str) -> Any:
        return self._from_text(node.GetParameter(name))

    def is_cached(self) -> bool:
        return True


class NodeStorage(Storage):
    """A node of the scene, or None; kept as a reference, which follows the node's identifier."""

    def __init__(self, classes: tuple[type, ...]) -> None:
        self.classes = classes

    def default(self) -> Any:
        return None

    def check(self, value: Any) -> None:
        if value is not None and not isinstance(value, self.classes):
            raise TypeError(f"the node must be of type {self.classes}, not {value!r}")

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node: Any, name: str) -> Any:
        return node.GetNodeReference(name)

    def is_cached(self) -> bool:
        return True


class OptionalStorage(Storage):
    """A value or None."""

    def __init__(self, inner: Storage) -> None:
        self.inner = inner

    def default(self) -> Any:
        return None

    def check(self, value: Any) -> None:
        if value is not None:
            self.inner.check(value)

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "None" if value is None else "Value")
        if value is not None:
            self.inner.write(node, f"{name}.value", value)

    def read(self, node: Any, name: str) -> Any:
        return None if node.GetParameter(name) == "None" else self.inner.read(node, f"{name}.value")


class SequenceStorage(Storage):
    """Lists, of any length, and tuples, of a fixed one."""

    def __init__(self, inner: list[Storage], *, fixed: bool) -> None:
        self.inner, self.fixed = inner, fixed

    def default(self) -> Any:
        return tuple(entry.default() for entry in self.inner) if self.fixed else []

    def check(self, value: Any) -> None:
        if not isinstance(value, tuple if self.fixed else (list, ObservedList)):
            raise TypeError(
                f"the value must be a {'tuple' if self.fixed else 'list'}, not {value!r}"
            )
        if self.fixed and len(value) != len(self.inner):
            raise ValueError(f"the tuple must have {len(self.inner)} items, not {len(value)}")
        for index, item in enumerate(value):
            self._at(index).check(item)

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, str(len(value)))
        for index, item in enumerate(value):
            self._at(index).write(node, f"{name}.{index}", item)

    def read(self, node: Any, name: str) -> Any:
        items = [
            self._at(index).read(node, f"{name}.{index}")
            for index in range(int(node.GetParameter(name)))
        ]
        return tuple(items) if self.fixed else ObservedList(self, node, name, items)

    def _at(self, index: int) -> Storage:
        return self.inner[index] if self.fixed else self.inner[0]


class DictStorage(Storage):
    """Dictionaries."""

    def __init__(self, keys: Storage, values: Storage) -> None:
        self.pairs = SequenceStorage([SequenceStorage([keys, values], fixed=True)], fixed=False)

    def default(self) -> Any:
        return {}

    def check(self, value: Any) -> None:
        if not isinstance(value, (dict, ObservedDict)):
            raise TypeError(f"the value must be a dict, not {value!r}")
        self.pairs.check(list(value.items()))

    def write(self, node: Any, name: str, value: Any) -> None:
        self.pairs.write(node, name, list(value.items()))

    def read(self, node: Any, name: str) -> Any:
        return ObservedDict(self, node, name, dict(self.pairs.read(node, name)))


class ObservedList(MutableSequence[Any]):
    """A list out of a parameter node; changing it changes the node."""

    def __init__(self, storage: Storage, node: Any, name: str, items: list[Any]) -> None:
        self._place, self._items = (storage, node, name), items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._items[index] = value
        save(self._place, self._items)

    def __delitem__(self, index: Any) -> None:
        del self._items[index]
        save(self._place, self._items)

    def insert(self, index: int, value: Any) -> None:
        """Insert an item."""
        self._items.insert(index, value)
        save(self._place, self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == (other._items if isinstance(other, ObservedList) else other)

    def __repr__(self) -> str:
        return f"ObservedList({self._items})"


class ObservedDict(MutableMapping[Any, Any]):
    """A dictionary out of a parameter node; changing it changes the node."""

    def __init__(self, storage: Storage, node: Any, name: str, items: dict[Any, Any]) -> None:
        self._place, self._items = (storage, node, name), items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Any:
        return iter(self._items)

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._items[key] = value
        save(self._place, self._items)

    def __delitem__(self, key: Any) -> None:
        del self._items[key]
        save(self._place, self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == (other._items if isinstance(other, ObservedDict) else other)

    def __repr__(self) -> str:
        return f"ObservedDict({self._items})"


def save(place: tuple[Storage, Any, str], value: Any) -> None:
    """Write a changed container back."""
    storage, node, name = place
    storage.check(value)
    with slicer.util.NodeModify(node):
        storage.write(node, name, value)


class CheckedStorage(Storage):
    """A storage whose type has annotations that refuse values."""

    def __init__(self, inner: Storage, annotations: list[Any]) -> None:
        self.inner, self.annotations = inner, annotations

    def default(self) -> Any:
        return self.inner.default()

    def check(self, value: Any) -> None:
        self.inner.check(value)
        validate(self.annotations, value)

    def write(self, node: Any, name: str, value: Any) -> None:
        self.inner.write(node, name, value)

    def read(self, node: Any, name: str) -> Any:
        return self.inner.read(node, name)

    def is_in(self, node: Any, name: str) -> bool:
        return self.inner.is_in(node, name)

    def is_cached(self) -> bool:
        return self.inner.is_cached()


def storage_of(annotated: Any) -> Storage:
    """The storage of a type.

    Raises
    ------
    TypeError
        Slicer has none for it.
    """
    bare, annotations = split(annotated)
    inner = plain_storage(bare) or class_storage(bare) or generic_storage(bare)
    if inner is None:
        raise TypeError(f"a parameter cannot be of type {bare!r}")
    return CheckedStorage(inner, annotations) if annotations else inner


def plain_storage(bare: Any) -> Storage | None:
    if bare is bool:
        return TextStorage(bool, bool, str, lambda text: text == "True")
    if bare is int:
        return TextStorage(int, int, str, int)
    if bare is float:
        return TextStorage((int, float), float, lambda value: str(float(value)), float)
    if bare is str:
        return TextStorage(str, str, str, str)
    if bare in PATHS:
        return TextStorage(bare, bare, str, bare)
    if bare is qt.QColor:
        return TextStorage(
            qt.QColor, qt.QColor, lambda color: color.name(qt.QColor.HexArgb), qt.QColor
        )
    return None


def class_storage(bare: Any) -> Storage | None:
    from slicer.parameterNodeWrapper.pack import PackStorage, isParameterPack

    if not isinstance(bare, type):
        return None
    if issubclass(bare, enum.Enum):
        members = list(bare)
        return TextStorage(bare, lambda: members[0], lambda value: value.name, lambda t: bare[t])
    if issubclass(bare, slicer.vtkMRMLNode):
        return NodeStorage((bare,))
    return PackStorage(bare) if isParameterPack(bare) else None


def generic_storage(bare: Any) -> Storage | None:
    origin, arguments = typing.get_origin(bare), typing.get_args(bare)
    if origin is list and arguments:
        return SequenceStorage([storage_of(arguments[0])], fixed=False)
    if origin is tuple and arguments and Ellipsis not in arguments:
        return SequenceStorage([storage_of(entry) for entry in arguments], fixed=True)
    if origin is dict and arguments:
        return DictStorage(storage_of(arguments[0]), storage_of(arguments[1]))
    if origin in (typing.Union, types.UnionType):
        return union_storage([entry for entry in arguments if entry is not type(None)], arguments)
    return None


def union_storage(types_: list[Any], arguments: tuple[Any, ...]) -> Storage | None:
    """Unions of node classes, and one type or None."""
    classes = tuple(node_class(entry) for entry in types_)
    if all(classes):
        return NodeStorage(classes)
    if len(types_) == 1 and type(None) in arguments:
        return OptionalStorage(storage_of(types_[0]))
    return None


def node_class(entry: Any) -> Any:
    return entry if isinstance(entry, type) and issubclass(entry, slicer.vtkMRMLNode) else None
