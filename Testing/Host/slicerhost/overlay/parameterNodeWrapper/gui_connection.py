"""Widgets and parameters of a wrapper, connected by name.

Source: `Base/Python/slicer/parameterNodeWrapper/wrapper.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import qt
import slicer
import vtk
from slicer.parameterNodeWrapper.binding import Binding, bind

SlicerParameterNamePropertyName = "SlicerParameterName"


@dataclass
class Connection:
    """Widgets connected by one call, and the observer that refreshes them."""

    bindings: dict[str, Binding]
    observer: int


def connect_gui(self: Any, gui: Any) -> int:
    """Bind every widget that names a parameter in its property `SlicerParameterName`.

    `gui` is a widget, whose descendants are searched, or the object of `childWidgetVariables`.
    """
    is_widget = getattr(gui, "isWidgetType", lambda: False)()
    widgets = gui.findChildren(qt.QWidget) if is_widget else vars(gui).values()
    named = {}
    for widget in widgets:
        name = widget.property(SlicerParameterNamePropertyName)
        if name:
            named[name] = widget
    return connect_parameters(self, named)


def connect_parameters(self: Any, mapping: dict[str, Any]) -> int:
    """Bind widgets to parameters by name; answers a tag for `disconnectGui`.

    Raises
    ------
    ValueError
        There is no parameter of a name.
    RuntimeError
        A widget cannot be bound to its parameter's type.
    """
    types_ = {name: self.dataType(name) for name in mapping}
    bindings = {name: bind(widget, types_[name]) for name, widget in mapping.items()}
    for name, binding in bindings.items():
        binding.write(self.getValue(name))
        binding.on_changed(changed_by(self, name, binding))
    tag = self._next_tag
    self._next_tag += 1
    observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: refresh(self))
    self._connections[tag] = Connection(bindings, observer)
    return tag


def changed_by(self: Any, name: str, binding: Binding) -> Callable[[], None]:
    def changed() -> None:
        if not self._refreshing and binding.read is not None:
            self.setValue(name, binding.read())

    return changed


def refresh(self: Any) -> None:
    """Write every bound widget: any change of the node refreshes all of them.

    What a slot sets meanwhile is told to the node's observers at the end, and the widgets, which
    are still being refreshed then, do not follow it.
    """
    if self._refreshing:
        return
    self._refreshing = True
    try:
        with slicer.util.NodeModify(self):
            for connection in list(self._connections.values()):
                for name, binding in connection.bindings.items():
                    binding.write(self.getValue(name))
    finally:
        self._refreshing = False


def disconnect_gui(self: Any, tag: int) -> None:
    """End a connection; an unknown tag does nothing."""
    connection = self._connections.pop(tag, None)
    if connection is not None:
        self.RemoveObserver(connection.observer)
        for binding in connection.bindings.values():
            binding.on_changed(None)
