"""Sliders and spin boxes of doubles: ctkSliderWidget and ctkDoubleSpinBox."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from slicerhost.pythonqt.signals import HostSignal
from slicerhost.widgets.stand_in import in_a_row, only_parent, stand_in, stored


def spin_property(type_name: Any, name: str) -> QtCore.Property:
    """A property that a stand-in hands through to its spin box."""

    def read(self: Any) -> Any:
        return getattr(self._spin, name)

    def write(self: Any, value: Any) -> None:
        setattr(self._spin, name, value)
        self._range_changed()

    return QtCore.Property(type_name, read, write)


class SpinBoxed(QtWidgets.QWidget):
    """What both have: a spin box that keeps the bounds and the digits, and the slots of both.

    CTK has `setMinimum`, `setMaximum` and `setRange` for C++ alone: from Python bounds are
    properties.
    """

    valueChanged = HostSignal("valueChanged(double)")

    minimum = spin_property(float, "minimum")
    maximum = spin_property(float, "maximum")
    singleStep = spin_property(float, "singleStep")
    decimals = spin_property(int, "decimals")
    prefix = spin_property(str, "prefix")
    suffix = spin_property(str, "suffix")

    def __init__(self, parent: Any) -> None:
        super().__init__(only_parent(parent))
        self._spin = QtWidgets.QDoubleSpinBox()
        self._spin.setRange(0.0, 99.0)
        self._box = in_a_row(self, self._spin)
        self.setFocusProxy(self._spin)

    def _range_changed(self) -> None:
        """Follow the spin box, where there is more to follow."""

    def setValue(self, value: float) -> None:
        self.value = value

    def setDecimals(self, decimals: int) -> None:
        self.decimals = decimals


@stand_in
class ctkDoubleSpinBox(SpinBoxed):
    """A spin box of doubles."""

    editingFinished = HostSignal("editingFinished()")

    value = spin_property(float, "value")

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(parent)
        self._spin.connect("valueChanged(double)", lambda v: self.valueChanged.emit(v))
        self._spin.connect("editingFinished()", lambda: self.editingFinished.emit())


@stand_in
class ctkSliderWidget(SpinBoxed):
    """A slider with a spin box.

    Without `tracking`, dragging emits `valueIsChanging` and `valueChanged` waits for the release;
    the spin box shows the value under the mouse meanwhile. As CTK's, it hands neither of its two
    parts to Python.
    """

    valueIsChanging = HostSignal("valueIsChanging(double)")

    pageStep = stored(float, "pageStep", 10.0)
    tracking = stored(bool, "tracking", True)
    spinBoxVisible = stored(
        bool, "spinBoxVisible", True, lambda self: self._spin.setVisible(self.spinBoxVisible)
    )
    tickInterval = stored(float, "tickInterval", 0.0)

    _STEPS = 1000000

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(parent)
        self._value = 0.0
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self._slider.setRange(0, self._STEPS)
        self._box.insertWidget(0, self._slider, 1)
        self._slider.connect("sliderMoved(int)", self._dragged)
        self._slider.connect("actionTriggered(int)", self._stepped)
        self._slider.connect("sliderReleased()", self._release)
        self._spin.connect("valueChanged(double)", self._set_value)

    def _get_value(self) -> float:
        return self._value

    def _set_value(self, value: float) -> None:
        """Take the nearest value of the range, as the spin box rounds it."""
        self._show(value)
        self._place_handle()
        if self._spin.value != self._value:
            self._value = self._spin.value
            self.valueChanged.emit(self._value)

    value = QtCore.Property(float, _get_value, _set_value)

    def reset(self) -> None:
        self.value = 0.0

    def setSpinBoxVisible(self, visible: bool) -> None:
        self.spinBoxVisible = visible

    def _show(self, value: float) -> None:
        """Show a value in the spin box, which rounds it."""
        blocked = self._spin.blockSignals(True)
        self._spin.setValue(value)
        self._spin.blockSignals(blocked)

    def _range_changed(self) -> None:
        if hasattr(self, "_slider"):
            self._set_value(self._value)

    def _place_handle(self) -> None:
        span = self.maximum - self.minimum
        share = (self._spin.value - self.minimum) / span if span > 0 else 0.0
        self._slider.setValue(round(share * self._STEPS))

    def _value_at(self, position: int) -> float:
        value = self.minimum + (self.maximum - self.minimum) * position / self._STEPS
        return self.minimum + round((value - self.minimum) / self.singleStep) * self.singleStep

    def _dragged(self, position: int) -> None:
        self._drag_to(self._value_at(position))

    def _stepped(self, action: int) -> None:
        if action != QtWidgets.QAbstractSlider.SliderAction.SliderMove.value:
            self.value = self._value_at(self._slider.sliderPosition)

    def _drag_to(self, value: float) -> None:
        """What a mouse does that holds the handle: `Host.drag` drags with it."""
        if self.tracking:
            self.value = value
        else:
            self._show(value)
        self.valueIsChanging.emit(self._spin.value)

    def _release(self) -> None:
        """Let the handle go: without tracking, `value` changes now."""
        self.value = self._spin.value
