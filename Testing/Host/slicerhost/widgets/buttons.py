"""CTK's push buttons."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from slicerhost.widgets.stand_in import stand_in, stored


@stand_in
class ctkPushButton(QtWidgets.QPushButton):
    """A push button whose text and icon are aligned, and whose text is elided."""

    buttonTextAlignment = stored(int, "buttonTextAlignment", 0x84)
    iconAlignment = stored(int, "iconAlignment", 0x81)
    elideMode = stored(int, "elideMode", 3)

    def __init__(self, *arguments: object) -> None:
        texts = [argument for argument in arguments if isinstance(argument, str)]
        parents = [argument for argument in arguments if isinstance(argument, QtWidgets.QWidget)]
        super().__init__(*parents)
        self.setText("".join(texts))


@stand_in
class ctkMenuButton(QtWidgets.QPushButton):
    """A push button with a part of its own that opens the menu."""

    showMenuOnClick = stored(bool, "showMenuOnClick", False)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)

    def mousePressEvent(self, event: object) -> None:
        """Open the menu at its arrow, click elsewhere."""
        at_arrow = event.position().x() > self.rect.width() - self.rect.height()
        if self.menu() and at_arrow and not self.showMenuOnClick:
            self.menu().popup(self.mapToGlobal(QtCore.QPoint(0, self.rect.height())))
        else:
            QtWidgets.QAbstractButton.mousePressEvent(self, event)
