"""Scripted modules as Slicer loads, opens, leaves, reloads and unloads them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from slicerhost.pythonqt.signals import HostSignal
from slicerhost.widgets.mrml import SceneHolder
from slicerhost.widgets.stand_in import stand_in, stored


@stand_in
class qSlicerScriptedLoadableModule(QtCore.QObject):
    """The C++ side of a scripted module: its description and its one widget."""

    title = stored(str, "title", "")
    path = stored(str, "path", "")
    helpText = stored(str, "helpText", "")
    acknowledgementText = stored(str, "acknowledgementText", "")
    categories = stored("QStringList", "categories", [])
    contributors = stored("QStringList", "contributors", [])
    dependencies = stored("QStringList", "dependencies", [])
    associatedNodeTypes = stored("QStringList", "associatedNodeTypes", [])
    icon = stored(QtGui.QIcon, "icon", QtGui.QIcon())
    hidden = stored(bool, "hidden", False)
    index = stored(int, "index", -1)
    widgetRepresentationCreationEnabled = stored(bool, "widgetRepresentationCreationEnabled", True)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.name = path.stem
        self.path = str(path)
        self._widget: Any = None
        self._python: Any = None

    def widgetRepresentation(self) -> Any:
        """The module's widget, made and set up at the first call."""
        if self._widget is None:
            self._widget = qSlicerScriptedLoadableModuleWidget(self.name)
            self._widget.setMRMLScene(slicer.mrmlScene)
            self._widget.reload()
        return self._widget

    def logic(self) -> None:
        """A scripted module has no C++ logic that anybody asks for."""

    def forget_widget(self) -> None:
        """Delete the widget, as the end of the application does."""
        if self._widget is not None:
            self._widget.setParent(None)
            self._widget.deleteLater()
            self._widget = None


@stand_in
class qSlicerScriptedLoadableModuleWidget(SceneHolder, QtWidgets.QWidget):
    """The C++ side of a module's widget: the parent that the Python class gets."""

    def __init__(self, module_name: str) -> None:
        super().__init__()
        self._module_name = module_name
        self._python: Any = None
        self._entered = False
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)

    def _get_entered(self) -> bool:
        return self._entered

    isEntered = QtCore.Property(bool, _get_entered)

    def self(self) -> Any:
        """The Python object."""
        return self._python

    def moduleName(self) -> str:
        return self._module_name

    def reload(self) -> None:
        """Make the Python widget anew from the module as it is loaded now, and set it up."""
        cls = getattr(sys.modules[self._module_name], f"{self._module_name}Widget")
        self._python = cls(self)
        setattr(slicer.modules, f"{self._module_name}Widget", self._python)
        self._python.setup()

    def enter(self) -> None:
        self._entered = True
        call_hook(self._python, "enter")

    def exit(self) -> None:
        self._entered = False
        call_hook(self._python, "exit")


def call_hook(python: Any, name: str) -> None:
    """Call a hook if the class has it; what it raises is printed, as everything called from C++."""
    hook = getattr(python, name, None)
    if hook is not None:
        try:
            hook()
        except Exception:
            sys.excepthook(*sys.exc_info())


@stand_in
class qSlicerModuleManager(QtCore.QObject):
    """Modules by name."""

    moduleAboutToBeUnloaded = HostSignal("moduleAboutToBeUnloaded(QString)")
    moduleUnloaded = HostSignal("moduleUnloaded(QString)")

    def __init__(self) -> None:
        super().__init__()
        self._modules: dict[str, qSlicerScriptedLoadableModule] = {}

    def module(self, name: str) -> Any:
        return self._modules.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._modules)

    def load(self, path: Path) -> qSlicerScriptedLoadableModule:
        """Load a module's file, as the start of Slicer does: no widget is made."""
        python = import_module(path)
        module = qSlicerScriptedLoadableModule(path)
        module._python = getattr(python, path.stem)(module)
        self._modules[path.stem] = module
        setattr(slicer.modules, path.stem.lower(), module)
        setattr(slicer.modules, f"{path.stem}Instance", module._python)
        return module

    def unload(self, name: str) -> None:
        """End a module as the end of Slicer does: its widget cleans up and goes."""
        module = self._modules.pop(name)
        self.moduleAboutToBeUnloaded.emit(name)
        module.forget_widget()
        for attribute in (name.lower(), f"{name}Instance", f"{name}Widget"):
            vars(slicer.modules).pop(attribute, None)
        self.moduleUnloaded.emit(name)


def import_module(path: Path) -> ModuleType:
    """Execute a module's file with its folder on the path, as Slicer does."""
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    specification.loader.exec_module(module)
    return module
