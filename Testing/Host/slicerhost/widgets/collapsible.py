"""Sections that fold: ctkCollapsibleButton and ctkCollapsibleGroupBox."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from slicerhost.pythonqt.signals import HostSignal
from slicerhost.widgets.stand_in import only_parent, stand_in, stored

QWIDGETSIZE_MAX = (1 << 24) - 1


def folding() -> QtCore.Property:
    """The property `collapsed`: the opposite of checked. C++ alone has a `setCollapsed`."""
    return QtCore.Property(
        bool,
        lambda self: not self.checked,
        lambda self, collapsed: self.setChecked(not collapsed),
    )


class Folding:
    """The children's visibility: those that the module hid stay hidden when a section unfolds."""

    def _unfold(self) -> None:
        """Begin unfolded, and follow the check mark from now on."""
        self.setCheckable(True)
        self.setChecked(True)
        self.connect("toggled(bool)", self._toggled)

    def _fold(self, folded: bool, header: int) -> None:
        if folded:
            self._unfolded = [c for c in self._content() if not c.isHidden()]
        for child in getattr(self, "_unfolded", []):
            child.setVisible(not folded)
        self.setMaximumHeight(header if folded else QWIDGETSIZE_MAX)
        self.updateGeometry()

    def _content(self) -> list[Any]:
        return [c for c in self.children() if isinstance(c, QtWidgets.QWidget)]


@stand_in
class ctkCollapsibleButton(Folding, QtWidgets.QAbstractButton):
    """A header that folds what lies under it. Checked is unfolded."""

    contentsCollapsed = HostSignal("contentsCollapsed(bool)")

    collapsedHeight = stored(int, "collapsedHeight", 10)
    contentsFrameShape = stored(int, "contentsFrameShape", 0)
    contentsLineWidth = stored(int, "contentsLineWidth", 1)
    flat = stored(bool, "flat", False)

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))
        self._unfold()
        self.setContentsMargins(0, self._header(), 0, 0)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Preferred, policy.Preferred)

    def _header(self) -> int:
        return self.fontMetrics().height() + 8

    def _toggled(self, checked: bool) -> None:
        self._fold(not checked, self._header())
        self.contentsCollapsed.emit(not checked)

    collapsed = folding()

    def hitButton(self, position: QtCore.QPoint) -> bool:
        """Only the header is the button."""
        return position.y() < self._header()

    def paintEvent(self, event: Any) -> None:
        """Draw the header as a flat bar with an arrow and the title."""
        painter = QtGui.QPainter(self)
        bar = QtCore.QRect(0, 0, self.rect.width(), self._header())
        painter.fillRect(bar, self.palette.color(QtGui.QPalette.ColorRole.Midlight))
        draw_arrow(self, painter, bar, self.collapsed)
        text = bar.adjusted(24, 0, -4, 0)
        painter.drawText(text, QtCore.Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.end()


@stand_in
class ctkCollapsibleGroupBox(Folding, QtWidgets.QGroupBox):
    """A group box that folds. Checked is unfolded."""

    collapsedHeight = stored(int, "collapsedHeight", 14)

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))
        self._unfold()

    def _toggled(self, checked: bool) -> None:
        self._fold(not checked, self.fontMetrics().height() + self.collapsedHeight)

    collapsed = folding()

    def childEvent(self, event: Any) -> None:
        """Leave the children enabled: in this group box the check mark means folding alone."""
        QtCore.QObject.childEvent(self, event)

    def paintEvent(self, event: Any) -> None:
        """Draw an arrow where a group box has its check mark, then the title and the frame."""
        option = QtWidgets.QStyleOptionGroupBox()
        self.initStyleOption(option)
        complex_control = QtWidgets.QStyle.ComplexControl.CC_GroupBox
        part = QtWidgets.QStyle.SubControl
        places = [
            self.style().subControlRect(complex_control, option, control, self)
            for control in (part.SC_GroupBoxCheckBox, part.SC_GroupBoxLabel)
        ]
        option.subControls = part.SC_GroupBoxFrame
        painter = QtWidgets.QStylePainter(self)
        painter.drawComplexControl(complex_control, option)
        draw_arrow(self, painter, places[0].adjusted(-4, 0, 0, 0), self.collapsed)
        painter.drawText(places[1].adjusted(0, 0, 40, 0), 0x0001 | 0x0080, self.title)
        painter.end()


def draw_arrow(widget: Any, painter: Any, bar: QtCore.QRect, collapsed: bool) -> None:
    """Point right where folded, down where not."""
    option = QtWidgets.QStyleOption()
    option.initFrom(widget)
    option.rect = QtCore.QRect(bar.left() + 6, bar.center().y() - 5, 11, 11)
    element = QtWidgets.QStyle.PrimitiveElement
    arrow = element.PE_IndicatorArrowRight if collapsed else element.PE_IndicatorArrowDown
    widget.style().drawPrimitive(arrow, option, painter, widget)
