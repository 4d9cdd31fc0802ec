"""Putting the host together. The order matters and is told here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtWidgets

OVERLAY = Path(__file__).resolve().parent / "overlay"


@dataclass(frozen=True)
class Parts:
    """What the host consists of."""

    app: Any
    core: Any
    queue: Any
    modules: Any
    window: Any
    qt_application: Any


def assemble(temporary: Path, interactive: bool, select: Callable[[str], None]) -> Parts:
    """Build everything once.

    Qt's application comes first; then Qt's classes are changed, before any object of them exists
    that the module could see; then `slicer`, whose overlay imports `qt` and `ctk`; then the scene,
    the views and the window.
    """
    qt_application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(
        ["MotionQC test host"]
    )
    keep_settings_in(temporary)
    install_modules(interactive)
    from slicerhost import application, layout_manager, modules, mrml_core, render_queue, window
    from slicerhost.widgets.plot_view import qMRMLPlotView

    core = mrml_core.build(temporary)
    queue = render_queue.RenderQueue()
    qMRMLPlotView.queue = queue
    layout = layout_manager.qSlicerLayoutManager(core, queue)
    manager = modules.qSlicerModuleManager()
    app = application.Application(core, queue, layout, manager, temporary)
    application.publish(app, core)
    main_window = window.qSlicerMainWindow(layout, select)
    qt_application.aboutToQuit.connect(app.aboutToQuit.emit)
    return Parts(app, core, queue, manager, main_window, qt_application)


def keep_settings_in(folder: Path) -> None:
    """Keep the settings of the person who runs the tests out of it."""
    settings = QtCore.QSettings
    settings.setDefaultFormat(settings.Format.IniFormat)
    settings.setPath(settings.Format.IniFormat, settings.Scope.UserScope, str(folder))
    QtCore.QCoreApplication.setOrganizationName("MotionQC")
    QtCore.QCoreApplication.setApplicationName("test-host")


def install_modules(interactive: bool) -> None:
    """Make `qt`, `ctk` and `slicer` what a module expects."""
    from slicerhost import dialogs, qt_module

    dialogs.interactive = interactive
    qt_module.install()
    from slicerhost import ctk_module

    ctk_module.install()
    import slicer

    slicer.__path__.append(str(OVERLAY))
    from slicerhost import qmrml, util_patches

    util_patches.install()
    qmrml.install(slicer)
