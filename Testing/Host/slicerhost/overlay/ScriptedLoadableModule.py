"""`slicer.ScriptedLoadableModule` of the host: the four base classes of a scripted module.

Behaviour after Slicer's `Base/Python/slicer/ScriptedLoadableModule.py`.
"""

from __future__ import annotations

import importlib
import logging
import unittest
from pathlib import Path
from typing import Any

import ctk
import qt
import slicer

__all__ = [
    "ScriptedLoadableModule",
    "ScriptedLoadableModuleLogic",
    "ScriptedLoadableModuleTest",
    "ScriptedLoadableModuleWidget",
]


class ScriptedLoadableModule:
    """The description of a module, made at the start of the application."""

    def __init__(self, parent: Any) -> None:
        super().__init__()
        self.parent = parent
        self.moduleName = type(self).__name__
        for ending in (".svg", ".png"):
            icon = Path(self.resourcePath(f"Icons/{self.moduleName}{ending}"))
            if icon.is_file():
                parent.icon = qt.QIcon(str(icon))
                break
        slicer.selfTests[self.moduleName] = self.runTest

    def resourcePath(self, filename: str) -> str:
        """A path in the module's `Resources`."""
        return str(Path(self.parent.path).parent / "Resources" / filename)

    def runTest(self, msec: int = 100, **options: Any) -> None:
        """Run the class `<module>Test` of the module's file."""
        module = importlib.import_module(self.__module__)
        case = getattr(module, f"{self.moduleName}Test")()
        case.messageDelay = msec
        case.runTest(**options)


class ScriptedLoadableModuleWidget:
    """The panel of a module, made at its first opening."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = slicer.util.settingsValue(
            "Developer/DeveloperMode", False, converter=slicer.util.toBool
        )
        self.parent = parent or own_parent()
        self.layout = self.parent.layout()
        if not parent:
            self.setup()
            self.parent.show()
        slicer.app.moduleManager().connect(
            "moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded
        )

    def resourcePath(self, filename: str) -> str:
        """A path in the module's `Resources`."""
        folder = Path(slicer.util.modulePath(self.moduleName)).parent
        return str(folder / "Resources" / filename)

    def setup(self) -> None:
        """Build the panel; a developer's panel begins with a button that reloads."""
        if self.developerMode:
            self.reloadCollapsibleButton = ctk.ctkCollapsibleButton()
            self.reloadCollapsibleButton.text = "Reload && Test"
            self.reloadButton = qt.QPushButton("Reload")
            self.reloadButton.connect("clicked()", self.onReload)
            qt.QFormLayout(self.reloadCollapsibleButton).addRow(self.reloadButton)
            self.layout.addWidget(self.reloadCollapsibleButton)

    def cleanup(self) -> None:
        """Free what the panel holds; modules override it."""

    def onReload(self) -> None:
        """Load the module's file anew and rebuild the panel."""
        logging.info("Reloading module: %s", self.moduleName)
        slicer.util.reloadScriptedModule(self.moduleName)

    def _onModuleAboutToBeUnloaded(self, name: str) -> None:
        if name == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect(
                "moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded
            )


def own_parent() -> Any:
    """A top-level parent, for a panel that somebody makes by hand."""
    parent = slicer.qMRMLWidget()
    parent.setLayout(qt.QVBoxLayout())
    parent.setMRMLScene(slicer.mrmlScene)
    return parent


class ScriptedLoadableModuleLogic:
    """What a module does, without a panel."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self) -> Any:
        """The module's parameter node of this scene, made if there is none."""
        node = self._found_parameter_node()
        if node is None:
            return slicer.mrmlScene.AddNode(self.createParameterNode())
        if node.GetAttribute("ModuleName") != self.moduleName:
            node.SetAttribute("ModuleName", self.moduleName)
        return node

    def _found_parameter_node(self) -> Any:
        if self.isSingletonParameterNode:
            return slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        return next(iter(self.getAllParameterNodes()), None)

    def getAllParameterNodes(self) -> list[Any]:
        """All parameter nodes of the module in this scene."""
        nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
        return [node for node in nodes if node.GetAttribute("ModuleName") == self.moduleName]

    def createParameterNode(self) -> Any:
        """A parameter node that is not yet in the scene."""
        node = slicer.vtkMRMLScriptedModuleNode()
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """A module's self-test."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.messageDelay = 100

    def delayDisplay(self, message: str, requestedDelay: Any = None, msec: Any = None) -> None:
        """Log a message and let the events catch up."""
        logging.info(message)
        slicer.app.processEvents()

    def runTest(self) -> None:
        """Run the test; modules override it."""
        logging.warning("No test is defined in %s", type(self).__name__)
