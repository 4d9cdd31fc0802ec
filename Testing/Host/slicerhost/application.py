"""`slicer.app`: what of qSlicerApplication the module and `slicer.util` use, and nothing else."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from slicerhost.io_manager import IOManager
from slicerhost.mrml_core import Core
from slicerhost.pythonqt import signals
from slicerhost.pythonqt.signals import HostSignal
from slicerhost.render_queue import RenderQueue


class Application:
    """Slicer's application object. An attribute that is not here raises AttributeError."""

    __slots__ = (
        "__weakref__",
        "_core",
        "_io_manager",
        "_layout_manager",
        "_module_manager",
        "_queue",
        "slicerHome",
        "temporaryPath",
        "testing",
    )

    startupCompleted = HostSignal("startupCompleted()")
    aboutToQuit = HostSignal("aboutToQuit()")

    applicationName = "Slicer"
    revision = "0"

    def __init__(
        self,
        core: Core,
        queue: RenderQueue,
        layout_manager: Any,
        module_manager: Any,
        temporary: Path,
    ) -> None:
        self._core = core
        self._queue = queue
        self._layout_manager = layout_manager
        self._module_manager = module_manager
        self._io_manager = IOManager(core)
        self.temporaryPath = str(temporary)
        self.slicerHome = str(temporary)
        # Whether Slicer would run with --testing: then nothing asks and nothing is installed.
        self.testing = False

    @property
    def os(self) -> str:
        return {"Windows": "win", "Darwin": "macosx"}.get(platform.system(), "linux")

    # Connections

    def connect(self, signature: str, target: Any) -> bool:
        return signals.connect(self, signature, target)

    def disconnect(self, signature: str, target: Any = None) -> bool:
        return signals.disconnect(self, signature, target)

    # Parts

    def applicationLogic(self) -> Any:
        return self._core.application_logic

    def mrmlScene(self) -> Any:
        return self._core.scene

    def layoutManager(self) -> Any:
        return self._layout_manager

    def moduleManager(self) -> Any:
        return self._module_manager

    def coreIOManager(self) -> IOManager:
        return self._io_manager

    def ioManager(self) -> IOManager:
        return self._io_manager

    # Qt's application

    def settings(self) -> Any:
        return QtCore.QSettings()

    def testingEnabled(self) -> bool:
        return self.testing

    def processEvents(self) -> None:
        QtCore.QCoreApplication.processEvents()

    def topLevelWidgets(self) -> tuple[Any, ...]:
        return tuple(QtWidgets.QApplication.topLevelWidgets())

    def palette(self) -> Any:
        return QtWidgets.QApplication.palette()

    def font(self) -> Any:
        return QtWidgets.QApplication.font()

    def clipboard(self) -> Any:
        return QtWidgets.QApplication.clipboard()

    def setOverrideCursor(self, cursor: Any) -> None:
        QtWidgets.QApplication.setOverrideCursor(cursor)

    def restoreOverrideCursor(self) -> None:
        QtWidgets.QApplication.restoreOverrideCursor()

    # Rendering

    def pauseRender(self) -> None:
        self._queue.pause()

    def resumeRender(self) -> None:
        self._queue.resume()


class Modules:
    """`slicer.modules`: module objects by lower-case name, and what Slicer adds while it loads."""

    def __init__(self, core: Core) -> None:
        for name, logic in core.logics.items():
            setattr(self, name.lower(), CoreModule(name, logic))


class CoreModule:
    """A module of Slicer itself: its name and its logic."""

    def __init__(self, name: str, logic: Any) -> None:
        self.name = name
        self.title = name
        self._logic = logic

    def logic(self) -> Any:
        return self._logic


def publish(app: Application, core: Core) -> None:
    """Put the application, the scene and the modules where Slicer's Python has them."""
    slicer.app = app
    slicer.mrmlScene = core.scene
    slicer.modules = Modules(core)
    slicer.selfTests = {}
