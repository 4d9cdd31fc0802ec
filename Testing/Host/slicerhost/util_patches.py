"""`slicer.util` of the wheel, brought to Slicer 5.12 and to a host without message boxes."""

from __future__ import annotations

import logging
from typing import Any

import slicer

from slicerhost.dialogs import ask_for_button
from slicerhost.records import Message, records

# In the wheel's main-line `slicer.util`, not in Slicer 5.12.
NEWER_THAN_TARGET = ("LazyImport",)


def install() -> None:
    """Take away what Slicer 5.12 lacks, and record what would be shown."""
    util = slicer.util
    # The wheel's package repeats every name of `slicer.util` as `slicer.name`; Slicer does not.
    for name, value in list(vars(slicer).items()):
        if getattr(util, name, None) is value and not name.startswith("_") and not is_vtk(value):
            delattr(slicer, name)
    for name in NEWER_THAN_TARGET:
        if hasattr(util, name):
            delattr(util, name)
    util._messageDisplay = message_display
    util.messageBox = message_box
    util.showStatusMessage = show_status


def is_vtk(value: Any) -> bool:
    return isinstance(value, type) and value.__name__.startswith("vtk")


def message_display(
    level: int,
    text: str,
    testing_value: Any,
    mainWindowNeeded: bool = False,
    parent: Any = None,
    windowTitle: str | None = None,
    detailedText: str = "",
    standardButtons: Any = None,
    icon: Any = None,
) -> Any:
    """Record an info, warning, error or question. In testing mode Slicer asks nobody."""
    logging.log(level, text)
    kind = "confirm" if testing_value is not None else logging.getLevelName(level).lower()
    if slicer.app.testingEnabled():
        records.messages.append(Message(kind, text, windowTitle or "", detailedText, testing_value))
        return testing_value
    return ask_for_button(kind, text, windowTitle or "", detailedText, standardButtons)


def message_box(text: str, parent: Any = None, **options: Any) -> Any:
    """Record a bare message box."""
    title, detail = options.get("windowTitle", ""), options.get("detailedText", "")
    return ask_for_button("messageBox", text, title, detail, options.get("standardButtons"))


def show_status(message: str, duration: int = 0) -> bool:
    """Record a line of the status bar, and show it."""
    records.status.append(message)
    window = slicer.util.mainWindow()
    if window is not None:
        window.statusBar().showMessage(message, duration)
    return window is not None
