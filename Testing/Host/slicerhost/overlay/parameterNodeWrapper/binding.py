"""Widgets bound to parameters: which pairs exist, how a widget is set up, read and written.

The table is that of the developer guide (`gui_connection.md`, *Available connectors*) for the
widgets that the host has. A widget's class is matched exactly.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ctk
import qt
import slicer
from slicer.parameterNodeWrapper.annotations import (
    Choice,
    Decimals,
    Maximum,
    Minimum,
    SingleStep,
    WithinRange,
    first,
    split,
)
from slicer.parameterNodeWrapper.parameter_types import PATHS, storage_of
from slicer.parameterNodeWrapper.storage import CheckedStorage, NodeStorage

INT_LIMITS = (-(2**31), 2**31 - 1)


@dataclass
class Binding:
    """One widget bound to one parameter."""

    widget: Any
    read: Callable[[], Any] | None
    write: Callable[[Any], None]
    signal: str | None = None
    callback: Callable[[], None] | None = None

    def on_changed(self, callback: Callable[[], None] | None) -> None:
        """Call something after each change of the widget; None ends it."""
        if self.signal is None:
            return
        if self.callback is not None:
            self.widget.disconnect(self.signal, self.callback)
        self.callback = callback
        if callback is not None:
            self.widget.connect(self.signal, callback)


def bind(widget: Any, annotated: Any) -> Binding:
    """Bind a widget to a parameter of a type.

    Raises
    ------
    RuntimeError
        Slicer has no connector for the pair, or the connector needs an annotation.
    """
    bare, annotations = split(annotated)
    for classes, fits, make in CONNECTORS:
        if type(widget) in classes and fits(bare):
            return make(widget, bare, annotations)
    raise RuntimeError(f"no GUI connector from {type(widget).__name__} to {bare}")


def button(widget: Any, bare: Any, annotations: list[Any]) -> Binding:
    if not widget.checkable:
        widget.checkable = True
    return by_property(widget, "checked", "toggled(bool)")


def integers(widget: Any, bare: Any, annotations: list[Any]) -> Binding:
    set_up(widget, annotations, INT_LIMITS)
    return by_property(widget, "value", "valueChanged(int)")


def floats(widget: Any, bare: Any, annotations: list[Any]) -> Binding:
    set_up(widget, annotations, (float("-inf"), float("inf")))
    binding = by_property(widget, "value", "valueChanged(double)")
    if bare is int:
        binding.read = lambda: int(widget.value)
    return binding


def set_up(widget: Any, annotations: list[Any], limits: tuple[float, float]) -> None:
    """Give a spin box or slider the digits, the step and the bounds of the annotations."""
    decimals, step = first(annotations, Decimals), first(annotations, SingleStep)
    if decimals is not None:
        widget.decimals = decimals.value
    if step is not None:
        widget.singleStep = step.value
    low, high = bounds(annotations)
    if needs_bounds(widget) and (low is None or high is None):
        raise RuntimeError(f"a {type(widget).__name__} needs bounds: annotate WithinRange(a, b)")
    widget.minimum = limits[0] if low is None else low
    widget.maximum = limits[1] if high is None else high


def bounds(annotations: list[Any]) -> tuple[Any, Any]:
    within = first(annotations, WithinRange)
    if within is not None:
        return within.minimum, within.maximum
    low, high = first(annotations, Minimum), first(annotations, Maximum)
    return (low.minimum if low else None), (high.maximum if high else None)


def needs_bounds(widget: Any) -> bool:
    return type(widget) in (qt.QSlider, ctk.ctkSliderWidget)


def choice(widget: Any, bare: Any, annotations: list[Any]) -> Binding:
    found = first(annotations, Choice)
    if found is None:
        raise RuntimeError("a QComboBox needs the annotation Choice([...])")
    return combo(widget, [(str(entry), entry) for entry in found.choices])


def enumeration(widget: Any, bare: Any, annotations: list[Any]) -> Binding:
    label = getattr(bare, "label", lambda entry: entry.name)
    return combo(widget, [(label(entry), entry) for entry in bare])


def combo(widget: Any, entries: list[tuple[str, Any]]) -> Binding:
    """Fill a combo box anew with texts that stand for values."""
    widget.clear()
    for text, _ in entries:
        widget.addItem(text)
    known = [value for _, value in entries]

    def write(value: Any) -> None:
        if value not in known:
            raise ValueError(f"{value!r} is none of {known}")
        widget.currentIndex = known.index(value)

    return Binding(widget, lambda: known[widget.currentIndex], write, "currentIndexChanged(int)")


def plain_text(widget: Any, bare: Any, annotations: list[Any]) -> Binding:
    def write(value: str) -> None:
        if widget.toPlainText() != value:
            widget.setPlainText(value)

    return Binding(widget, widget.toPlainText, write, "textChanged()")


def label(widget: Any, bare: Any, annotations: list[Any]) -> Binding:
    """One way only: from the parameter to the label."""
    return Binding(widget, None, lambda value: setattr(widget, "text", value))


def path(widget: Any, bare: Any, annotations: list[Any]) -> Binding:
    name, signal = (
        ("currentPath", "currentPathChanged(QString)")
        if type(widget) is ctk.ctkPathLineEdit
        else ("directory", "directoryChanged(QString)")
    )
    return Binding(
        widget,
        lambda: bare(getattr(widget, name)),
        lambda value: setattr(widget, name, str(value)),
        signal,
    )


def node(widget: Any, bare: Any, annotations: list[Any]) -> Binding:
    storage = storage_of(bare)
    assert isinstance(storage, NodeStorage)
    widget.nodeTypes = [cls.__name__ for cls in storage.classes]
    return Binding(
        widget, widget.currentNode, widget.setCurrentNode, "currentNodeChanged(vtkMRMLNode*)"
    )


def by_property(widget: Any, name: str, signal: str) -> Binding:
    return Binding(
        widget, lambda: getattr(widget, name), lambda value: setattr(widget, name, value), signal
    )


def is_node(bare: Any) -> bool:
    try:
        storage = storage_of(bare)
    except TypeError:
        return False
    return isinstance(storage, NodeStorage) and not isinstance(storage, CheckedStorage)


def is_enum(bare: Any) -> bool:
    return isinstance(bare, type) and issubclass(bare, enum.Enum)


Connector = tuple[tuple[type, ...], Callable[[Any], bool], Callable[[Any, Any, list[Any]], Binding]]

CONNECTORS: list[Connector] = [
    (
        (qt.QCheckBox,),
        lambda bare: bare is bool,
        lambda widget, bare, annotations: by_property(widget, "checked", "stateChanged(int)"),
    ),
    ((qt.QPushButton, ctk.ctkPushButton), lambda bare: bare is bool, button),
    ((qt.QSpinBox, qt.QSlider), lambda bare: bare is int, integers),
    (
        (qt.QDoubleSpinBox, ctk.ctkSliderWidget, ctk.ctkDoubleSpinBox),
        lambda bare: bare in (float, int),
        floats,
    ),
    ((qt.QComboBox,), is_enum, enumeration),
    ((qt.QComboBox,), lambda bare: bare in (int, float, str, bool), choice),
    (
        (qt.QLineEdit,),
        lambda bare: bare is str,
        lambda widget, bare, annotations: by_property(widget, "text", "textChanged(QString)"),
    ),
    ((qt.QTextEdit,), lambda bare: bare is str, plain_text),
    ((qt.QLabel,), lambda bare: bare is str, label),
    ((ctk.ctkPathLineEdit, ctk.ctkDirectoryButton), lambda bare: bare in PATHS, path),
    ((slicer.qMRMLNodeComboBox,), is_node, node),
]
