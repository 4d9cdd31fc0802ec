"""The types that a parameter may have, and how each lies in a parameter node."""

from __future__ import annotations

import enum
import pathlib
import types
import typing
from typing import Any

import qt
import slicer
from slicer.parameterNodeWrapper.annotations import split
from slicer.parameterNodeWrapper.containers import DictStorage, SequenceStorage
from slicer.parameterNodeWrapper.storage import (
    CheckedStorage,
    NodeStorage,
    OptionalStorage,
    Storage,
    TextStorage,
)

PATHS = (pathlib.Path, pathlib.PosixPath, pathlib.PurePath, pathlib.PurePosixPath)


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
