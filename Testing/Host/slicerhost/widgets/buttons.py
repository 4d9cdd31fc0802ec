"""CTK's push buttons."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from slicerhost.widgets.stand_in import only_parent, stand_in, stored


@stand_in
class ctkPushButton(QtWidgets.QPushButton):
    """A push button whose text and icon are aligned, and whose text is elided."""

    buttonTextAlignment = stored(int, "buttonTextAlignment", 0x84)
    iconAlignment = stored(int, "iconAlignment", 0x81)
    elideMode = stored(int, "elideMode", 3)

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))


@stand_in
class ctkMenuButton(QtWidgets.QPushButton):
    """A push button with a part of its own that opens the menu."""

    showMenuOnClick = stored(bool, "showMenuOnClick", False)

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))

    def mousePressEvent(self, event: Any) -> None:
        """Open the menu at its arrow, click elsewhere."""
        at_arrow = event.position().x() > self.rect.width() - self.rect.height()
        if self.menu() and at_arrow and not self.showMenuOnClick:
            self.menu().popup(self.mapToGlobal(QtCore.QPoint(0, self.rect.height())))
        else:
            QtWidgets.QAbstractButton.mousePressEvent(self, event)
