"""Loading of `.ui` files, strict: QUiLoader itself passes over what it does not know.

A class must be one of `qt`, `ctk` or `slicer`, a property one that the class has (dynamic ones say
`stdset="0"`), an enumerator one that Qt 5 reads, a connection one between signals and slots that
exist.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from PySide6 import QtCore, QtUiTools, QtWidgets

from slicerhost.ui_faults import (
    UiError,
    connections,
    enumerator,
    object_named,
    refuse,
    stand_in_class,
    unknown_classes,
    unknown_connections,
    unknown_enumerators,
    unknown_properties,
    unnamed_parameters,
)


class UiLoader(QtUiTools.QUiLoader):
    """The `qt.QUiLoader` of the host."""

    def load(self, file: Any, parent: Any = None) -> QtWidgets.QWidget:
        """Load a `.ui` file.

        Parameters
        ----------
        file
            A `qt.QFile`; a path is none.
        parent
            The parent widget, if any.

        Raises
        ------
        UiError
            The file names an unknown class, property, enumerator, signal or slot; all are listed.
        ValueError
            `file` is no QFile.
        """
        if not isinstance(file, QtCore.QFile):
            raise ValueError(f"QUiLoader.load takes a qt.QFile, not {file!r}")
        path = Path(file.fileName())
        tree = ElementTree.parse(path)
        refuse(path, [*unknown_classes(tree), *unnamed_parameters(tree)])
        refuse(path, [*unknown_properties(tree), *unknown_enumerators(tree)])
        plain, held_back = without_stand_in_properties(tree)
        loaded = load_bytes(self, plain, parent)
        refuse(path, unknown_connections(tree, loaded))
        apply_properties(held_back, loaded)
        make_connections(tree, loaded)
        return loaded

    def createWidget(self, class_name: str, parent: Any = None, name: str = "") -> Any:
        """Make a widget of a stand-in's class, or let Qt make its own."""
        stand_in = stand_in_class(class_name)
        if stand_in is None:
            return super().createWidget(class_name, parent, name)
        widget = stand_in(parent)
        widget.setObjectName(name)
        return widget


def load_bytes(loader: UiLoader, data: bytes, parent: Any) -> QtWidgets.QWidget:
    buffer = QtCore.QBuffer()
    buffer.setData(data)
    buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
    loaded = QtUiTools.QUiLoader.load(loader, buffer, parent)
    if loaded is None:
        raise UiError(f"QUiLoader: {loader.errorString()}")
    return loaded


def without_stand_in_properties(tree: Any) -> tuple[bytes, list[tuple[str, ElementTree.Element]]]:
    """Take the properties that only a stand-in has out of the file; QUiLoader cannot set enums."""
    held_back = []
    copied = ElementTree.fromstring(ElementTree.tostring(tree.getroot()))
    for element in copied.iter("widget"):
        cls = stand_in_class(element.get("class", ""))
        for entry in element.findall("property") if cls else ():
            if not inherited(cls, entry.get("name", "")):
                element.remove(entry)
                held_back.append((element.get("name", ""), entry))
    for section in copied.findall("connections"):
        copied.remove(section)
    return ElementTree.tostring(copied), held_back


def inherited(cls: Any, name: str) -> bool:
    """Whether a stand-in has a property from Qt, or none: then QUiLoader may have it."""
    return not any(isinstance(vars(base).get(name), QtCore.Property) for base in cls.__mro__)


def apply_properties(
    held_back: list[tuple[str, ElementTree.Element]], loaded: QtWidgets.QWidget
) -> None:
    for name, entry in held_back:
        widget = object_named(loaded, name)
        setattr(widget, entry.get("name", ""), value_of(entry))


def value_of(entry: ElementTree.Element) -> Any:
    """A property's value as Python has it."""
    child = entry[0]
    text = child.text or ""
    if child.tag == "bool":
        return text == "true"
    if child.tag == "number":
        return int(text)
    if child.tag == "double":
        return float(text)
    if child.tag == "stringlist":
        return [string.text or "" for string in child]
    if child.tag in {"enum", "set"}:
        return sum(enumerator(part) or 0 for part in filter(None, text.split("|")))
    if child.tag in {"string", "cstring"}:
        return text
    raise UiError(f"property {entry.get('name')} has a value of kind {child.tag}: unknown")


def make_connections(tree: Any, loaded: QtWidgets.QWidget) -> None:
    for sender, signal, receiver, slot in connections(tree):
        object_named(loaded, sender).connect(signal, object_named(loaded, receiver), slot)
