"""The host itself: start it, load a scan, open the module, drive it, look at it.

One host a process, as there is one Qt application and one Slicer: `start()` answers the same one.
"""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

_host: Host | None = None


def start(*, interactive: bool = False) -> Host:
    """Make the host, or answer the one that there is.

    Parameters
    ----------
    interactive
        For a person at a screen: dialogs open and wait. Otherwise everything is off-screen and
        dialogs are recorded and answered by the test.
    """
    global _host
    if _host is None:
        choose_platform(interactive)
        _host = Host(interactive=interactive)
    return _host


def choose_platform(interactive: bool) -> None:
    """Choose Qt's platform and VTK's window before either is imported."""
    if not interactive:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false;*.debug=false")


class Host:
    """What a person does at Slicer's window, for a test.

    Attributes
    ----------
    app, scene, window, records
        `slicer.app`, `slicer.mrmlScene`, the main window, and what was recorded.
    """

    def __init__(self, *, interactive: bool) -> None:
        from slicerhost import assembly
        from slicerhost.event_loop import BlockMeter
        from slicerhost.records import records

        self._folder = tempfile.TemporaryDirectory(prefix="slicerhost-")
        self.records = records
        parts = assembly.assemble(Path(self._folder.name), interactive, self.select_module)
        self.app, self.scene, self.window = parts.app, parts.core.scene, parts.window
        self._core, self._queue, self._modules = parts.core, parts.queue, parts.modules
        self._selected: str | None = None
        self._meter = BlockMeter()
        sys.excepthook = records.slot_error
        # Python would otherwise take Qt's objects down in any order.
        atexit.register(self.end)

    # What was recorded

    @property
    def slot_errors(self) -> list[Any]:
        return self.records.slot_errors

    @property
    def printed(self) -> list[str]:
        return self.records.printed

    @property
    def messages(self) -> list[Any]:
        return self.records.messages

    @property
    def package_requests(self) -> list[Any]:
        return self.records.package_requests

    @property
    def packages(self) -> Any:
        """Which packages a test wants missing, and whether installing fails."""
        import slicer.packaging

        return slicer.packaging._state

    def answer(self, *answers: Any) -> None:
        """Answer the coming dialogs: True or False for a question, a path, a text, a number."""
        self.records.answers.extend(answers)

    # Modules

    def load_module(self, path: Path | str) -> Any:
        """Load a module's file as the start of Slicer does; no panel is made. Once a module."""
        path = Path(path).resolve()
        found = self._modules.module(path.stem)
        if found is None:
            found = self._modules.load(path)
            self.app.startupCompleted.emit()
        return found

    def open_module(self, path: Path | str) -> Any:
        """Load a module if need be, and open its panel; answers the Python widget."""
        module = self.load_module(path)
        self.select_module(module.name)
        return module.widgetRepresentation().self()

    def select_module(self, name: str) -> None:
        """Leave the open module, and open another, '' for none."""
        self.leave_module()
        if not name:
            return
        module = self._modules.module(name)
        if module is None:
            raise RuntimeError(f"no module {name!r} is loaded")
        widget = module.widgetRepresentation()
        self.window.show_module(widget, module.title)
        self._selected = name
        widget.enter()
        self.turn()

    def leave_module(self) -> None:
        """Leave the open module as for another one; its panel lives on."""
        if self._selected is not None:
            module = self._modules.module(self._selected)
            self._selected = None
            module.widgetRepresentation().exit()
            self.window.take_module()

    def reload_module(self) -> Any:
        """Press *Reload* of the open module; answers the new Python widget."""
        assert self._selected is not None
        name = self._selected
        widget = self._modules.module(name).widgetRepresentation()
        widget.self().onReload()
        if widget.isEntered:
            widget.enter()
        self.turn()
        return widget.self()

    def close_module(self, name: str | None = None) -> None:
        """End a module as the end of Slicer does: exit, cleanup, the panel deleted."""
        name = name or self._selected
        assert name is not None
        if name == self._selected:
            self.leave_module()
        self._modules.unload(name)
        self.turn()

    # Scene

    def load_scan(self, path: Path | str, **properties: Any) -> Any:
        """Load a volume as *Add data* does, and show it; answers the volume node."""
        import slicer

        node = slicer.util.loadVolume(str(path), properties)
        self.fit_views()
        return node

    def fit_views(self) -> None:
        self.app.layoutManager().resetSliceViews()

    def close_scene(self) -> None:
        """*Close scene*."""
        self.scene.Clear(0)
        self.turn()

    def save_scene(self, path: Path | str) -> None:
        import slicer

        if not slicer.util.saveScene(str(path), {}):
            raise OSError(f"the scene could not be saved as {path}")

    def load_scene(self, path: Path | str) -> None:
        """Close the scene and load another."""
        import slicer

        self.close_scene()
        slicer.util.loadScene(str(path), {})
        self.turn()

    # Time

    def turn(self) -> None:
        """Handle the waiting events."""
        from slicerhost import event_loop

        event_loop.turn()

    def wait_until(self, predicate: Callable[[], object], seconds: float = 5.0) -> None:
        """Turn the event loop until something is true; TimeoutError if it does not become so."""
        from slicerhost import event_loop

        event_loop.wait_until(predicate, seconds)

    def wait(self, seconds: float) -> None:
        """Run the event loop for a time."""
        from slicerhost import event_loop

        event_loop.run_for(seconds)

    def reset_block_meter(self) -> None:
        """Begin to measure how long the event loop is blocked."""
        self._meter.reset()

    def longest_block(self) -> float:
        """Seconds that the event loop was blocked at most since `reset_block_meter`."""
        return self._meter.longest().seconds

    def longest_block_computing(self) -> float:
        """Seconds of that block in which the window's thread computed; for the rest it waited."""
        return self._meter.longest().computing_s

    # Mouse and pictures

    def drag(self, slider: Any, values: list[float]) -> None:
        """Drag a slider's handle over some values and let it go; events are handled in between."""
        for value in values:
            move(slider, value)
            self.turn()
        release(slider)
        self.turn()

    @property
    def views_rendered(self) -> int:
        """How many times a slice view has been drawn."""
        return self._queue.rendered

    @property
    def views_waiting(self) -> int:
        """How many views wait to be drawn."""
        return self._queue.waiting

    def render_now(self) -> None:
        """Draw the views that wait, without handling other events."""
        self._queue.render_now()

    def show(self) -> None:
        """Show the window; off-screen too, widgets have a size and are visible only then."""
        self.window.show()
        self.turn()

    def screenshot(self, path: Path | str) -> Path:
        """Write a picture of the whole window."""
        return self.grab(self.window, path)

    def grab(self, widget: Any, path: Path | str) -> Path:
        """Write a picture of a widget."""
        self.show()
        self.turn()
        self.render_now()
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not widget.grab().save(str(path)):
            raise OSError(f"the picture could not be written as {path}")
        return path

    # Tests

    def take_failures(self) -> list[str]:
        """Slot errors and complaints so far, which are forgotten by this."""
        failures = self.records.failures()
        self.records.slot_errors.clear()
        self.records.printed.clear()
        return failures

    def reset(self) -> None:
        """Begin a test: an empty scene, no settings, nothing recorded, no module open."""
        from PySide6 import QtCore

        for name in self._modules.names():
            self.close_module(name)
        self.app.testing = False
        self.close_scene()
        self.app.layoutManager().reset()
        QtCore.QSettings().clear()
        if "slicer.packaging" in sys.modules:
            self.packages.reset()
        self._meter.stop()
        self.show()
        self.records.clear()

    def run(self) -> int:
        """Stay open until the person closes the window."""
        from PySide6 import QtWidgets

        self.show()
        return int(QtWidgets.QApplication.exec())

    def end(self) -> None:
        """Leave: modules clean up, the window goes, the settings' folder is deleted."""
        for name in self._modules.names():
            self.close_module(name)
        self._meter.stop()
        self.close_scene()
        self.window.deleteLater()
        self.turn()
        self._folder.cleanup()


def move(slider: Any, value: float) -> None:
    if slider.className() == "ctkSliderWidget":
        slider._drag_to(value)
    else:
        slider.setSliderDown(True)
        slider.setSliderPosition(int(value))


def release(slider: Any) -> None:
    if slider.className() == "ctkSliderWidget":
        slider._release()
    else:
        slider.setSliderDown(False)
