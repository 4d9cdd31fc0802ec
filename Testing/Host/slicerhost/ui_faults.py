"""What in a `.ui` file Slicer would not understand, and QUiLoader passes over."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from PySide6 import QtCore, QtWidgets

from slicerhost.pythonqt.attributes import property_of
from slicerhost.pythonqt.signals import fault_of, find_signal

# What Designer writes for a layout or a container, and Qt has no property for.
LAYOUT_PROPERTIES = {
    "leftMargin", "topMargin", "rightMargin", "bottomMargin", "margin", "spacing",
    "horizontalSpacing", "verticalSpacing",
}  # fmt: skip


class UiError(ValueError):
    """A `.ui` file says something that Slicer would not understand."""


def refuse(path: Path, faults: list[str]) -> None:
    """Raise UiError with everything that was found."""
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


def unknown_properties(tree: Any) -> list[str]:
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


def unknown_enumerators(tree: Any) -> list[str]:
    return [
        f"{element.get('name')}: {entry.get('name')}: unknown enumerator {part}"
        for element in (*elements(tree), *tree.iter("spacer"))
        for entry in element.findall("property")
        for value in entry
        if value.tag in {"enum", "set"}
        for part in filter(None, (value.text or "").split("|"))
        if enumerator(part) is None
    ]


def enumerator(part: str) -> int | None:
    """The number of `Class::Name`, None where there is none.

    `Class::Enumeration::Name`, which Designer 6 writes, is nothing to Qt 5.
    """
    scope, _, name = part.strip().rpartition("::")
    holder = vars(sys.modules["qt"]).get(scope) or stand_in_class(scope)
    value = getattr(holder, name, None)
    return None if value is None else int(getattr(value, "value", value))


def object_named(loaded: QtWidgets.QWidget, name: str) -> Any:
    if loaded.objectName == name:
        return loaded
    return loaded.findChild(QtCore.QObject, name)


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
