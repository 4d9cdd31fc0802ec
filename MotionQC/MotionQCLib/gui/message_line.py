"""A line of the panel that says what happened, and more where there is more."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _


class MessageLine:
    """A label that is there while it has something to say, and its *Show details* button.

    Parameters
    ----------
    label, button : widgets
        Of the panel.
    """

    def __init__(self, label: Any, button: Any) -> None:
        self._label, self._button = label, button
        self._details = ""
        button.connect("clicked()", self._on_details)
        self.say("")

    def say(self, message: str, details: str = "") -> None:
        """Show a message in place of the one before; an empty one hides the line."""
        self._details = details
        self._label.text = message
        self._label.visible = bool(message)
        self._button.visible = bool(details)

    def _on_details(self) -> None:
        slicer.util.infoDisplay(self._details, windowTitle=_("Details"))
