"""Loading of `.ui` files, strict: QUiLoader itself passes over what it does not know.

A class must be one of `qt`, `ctk` or `slicer`, a property one that the class has (dynamic ones say
`stdset="0"`), a connection one between signals and slots that exist.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from PySide6 import QtCore, QtUiTools, QtWidgets

from slicerhost.pythonqt.attributes import property_of
from slicerhost.pythonqt.signals import fault_of, find_signal

# What Designer writes for a layout or a container, and Qt has no property for.
LAYOUT_PROPERTIES = {
    "leftMargin", "topMargin", "rightMargin", "bottomMargin", "margin", "spacing",
    "horizontalSpacing", "verticalSpacing",
}  # fmt: skip


class UiError(ValueError):
    """A `.ui` file says something that Slicer would not understand."""


class UiLoader(QtUiTools.QUiLoader):
    """The `qt.QUiLoader` of the host."""

    def load(self, file: Any, parent: Any = None) -> QtWidgets.QWidget:
        """Load a `.ui` file.

        Parameters
        ----------
        file
            A path, or an open `qt.QFile`.
        parent
            The parent widget, if any.

        Raises
        ------
        UiError
            The file names an unknown class, property, signal or slot, all of which are listed.
        """
        path = Path(file.fileName() if isinstance(file, QtCore.QFile) else file)
        tree = ElementTree.parse(path)
        refuse(path, [*unknown_classes(tree), *unnamed_parameters(tree)])
        plain, held_back = without_stand_in_properties(tree)
        loaded = load_bytes(self, plain, parent)
        refuse(path, [*unknown_properties(tree, loaded), *unknown_connections(tree, loaded)])
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


def refuse(path: Path, faults: list[str]) -> None:
    if faults:
        raise UiError(f"{path.name}: " + "; ".join(faults))


def stand_in_class(name: str) -> type | None:
    for module in ("ctk", "slicer"):
        found = vars(sys.modules[module]).get(name)
        if isinstance(found, type) and issubclass(found, QtWidgets.QWidget):
            return found
    return None


def known_class(name: str) -> type | None:
    """The class of a widget or a layout, None for one that the host does not have."""
    found = vars(sys.modules["qt"]).get(name)
    return found if isinstance(found, type) else stand_in_class(name)


def elements(tree: Any) -> Iterator[ElementTree.Element]:
    """Widgets, layouts and actions of the file."""
    for tag in ("widget", "layout", "action"):
        yield from tree.iter(tag)


def class_of(element: ElementTree.Element) -> str:
    return "QAction" if element.tag == "action" else element.get("class", "")


def unknown_classes(tree: Any) -> list[str]:
    names = {class_of(element) for element in elements(tree)}
    return [f"unknown class {name}" for name in sorted(names) if known_class(name) is None]


def unnamed_parameters(tree: Any) -> list[str]:
    """Find near misses of `SlicerParameterName`: such a widget is silently not bound in Slicer."""
    names = {
        (element.get("name"), entry.get("name", ""))
        for element in tree.iter("widget")
        for entry in element.findall("property")
    }
    return [
        f"{widget}: dynamic property {name} is not SlicerParameterName"
        for widget, name in sorted(names)
        if name.lower().startswith("slicerparam") and name != "SlicerParameterName"
    ]


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
    for connections in copied.findall("connections"):
        copied.remove(connections)
    return ElementTree.tostring(copied), held_back


def inherited(cls: Any, name: str) -> bool:
    """Whether a stand-in has a property from Qt, or none: then QUiLoader may have it."""
    return not any(isinstance(vars(base).get(name), QtCore.Property) for base in cls.__mro__)


def unknown_properties(tree: Any, loaded: QtWidgets.QWidget) -> list[str]:
    return [
        f"{element.get('name')}: {class_of(element)} has no property {name}"
        for element in elements(tree)
        for entry in element.findall("property")
        if (name := entry.get("name", "")) and not is_known(element, entry)
    ]


def is_known(element: ElementTree.Element, entry: ElementTree.Element) -> bool:
    name = entry.get("name", "")
    if entry.get("stdset") == "0":
        return True
    if element.tag == "layout" and name in LAYOUT_PROPERTIES:
        return True
    cls = known_class(class_of(element))
    return cls is not None and property_of(cls, name) is not None


def object_named(loaded: QtWidgets.QWidget, name: str) -> Any:
    if loaded.objectName == name:
        return loaded
    return loaded.findChild(QtCore.QObject, name)


def apply_properties(
    held_back: list[tuple[str, ElementTree.Element]], loaded: QtWidgets.QWidget
) -> None:
    for name, entry in held_back:
        widget = object_named(loaded, name)
        setattr(widget, entry.get("name", ""), value_of(entry, type(widget)))


def value_of(entry: ElementTree.Element, cls: type) -> Any:
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
        return flags(text, cls)
    if child.tag in {"string", "cstring"}:
        return text
    raise UiError(f"property {entry.get('name')} has a value of kind {child.tag}: unknown")


def flags(text: str, cls: type) -> int:
    """`Class::One|Class::Two` as one number."""
    total = 0
    for part in filter(None, text.split("|")):
        scope, _, name = part.rpartition("::")
        holder = cls if scope in ("", cls.__name__) else vars(sys.modules["qt"]).get(scope)
        if not hasattr(holder, name):
            raise UiError(f"unknown enumerator {part}")
        value = getattr(holder, name)
        total |= int(getattr(value, "value", value))
    return total


def connections(tree: Any) -> Iterator[tuple[str, str, str, str]]:
    for entry in tree.iter("connection"):
        sender, signal, receiver, slot = (
            entry.findtext(tag, "") for tag in ("sender", "signal", "receiver", "slot")
        )
        yield sender, signal, receiver, slot


def unknown_connections(tree: Any, loaded: QtWidgets.QWidget) -> list[str]:
    faults = []
    for sender, signal, receiver, slot in connections(tree):
        source, target = object_named(loaded, sender), object_named(loaded, receiver)
        if source is None or target is None:
            faults.append(f"connection {sender} -> {receiver}: no such object")
        elif (found := find_signal(source, signal)) is None:
            faults.append(f"connection: {sender} has no signal {signal}")
        elif (fault := fault_of(found, target, slot)) is not None:
            faults.append(f"connection to {receiver}: {fault}")
    return faults


def make_connections(tree: Any, loaded: QtWidgets.QWidget) -> None:
    for sender, signal, receiver, slot in connections(tree):
        object_named(loaded, sender).connect(signal, object_named(loaded, receiver), slot)
