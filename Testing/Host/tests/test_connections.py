"""Signals and slots are PythonQt's.

Source: PythonQtSignalReceiver.cpp (arguments, strong references), PythonQtSignal.cpp (`connect` and
`disconnect` of a signal), PythonQt.cpp (`handleError`: printed, the caller continues).
"""

from __future__ import annotations

import functools
import gc
import weakref
from typing import Any

import pytest


def test_a_slot_is_connected_by_signature_or_by_attribute(qt: Any) -> None:
    heard: list[str] = []
    button = qt.QPushButton("a")
    assert button.connect("clicked()", lambda: heard.append("signature")) is True
    assert button.clicked.connect(lambda: heard.append("attribute")) is True
    button.click()
    assert heard == ["signature", "attribute"]


def test_an_unknown_signal_is_printed_and_answered_false(host: Any, qt: Any) -> None:
    assert qt.QPushButton("a").connect("pressedHard()", print) is False
    (said,) = host.take_failures()
    assert "signal 'pressedHard()' does not exist on QPushButton" in said


def test_an_unknown_signal_of_a_stand_in_is_no_better(host: Any, slicer: Any) -> None:
    assert slicer.qMRMLNodeComboBox().connect("currentNodeChanged(int)", print) is False
    assert host.take_failures()


def test_a_callable_gets_as_many_arguments_as_it_names(qt: Any) -> None:
    heard: list[Any] = []
    box = qt.QCheckBox("a")
    box.connect("toggled(bool)", lambda: heard.append("none"))
    box.connect("toggled(bool)", lambda checked: heard.append(checked))
    box.connect("toggled(bool)", lambda *arguments: heard.append(arguments))
    box.checked = True
    assert heard == ["none", True, (True,)]


def test_a_default_counts_as_an_argument(qt: Any) -> None:
    heard: list[Any] = []
    button = qt.QPushButton("a")
    button.clicked.connect(lambda x="mine": heard.append(x))
    button.click()
    assert heard == [False]


def test_a_partial_gets_everything(host: Any, qt: Any) -> None:
    def nothing_more(mine: str) -> None:
        """Take one argument, and fail with the signal's."""

    button = qt.QPushButton("a")
    button.clicked.connect(functools.partial(nothing_more, "mine"))
    button.click()
    assert "TypeError" in host.take_failures()[0]


def test_a_bound_method_gets_what_it_names_beside_self(qt: Any) -> None:
    class Listener:
        heard: Any = None

        def on_changed(self, value: int) -> None:
            self.heard = value

    listener, spin = Listener(), qt.QSpinBox()
    spin.connect("valueChanged(int)", listener.on_changed)
    spin.value = 7
    assert listener.heard == 7


def test_an_exception_in_a_slot_is_printed_and_the_caller_continues(host: Any, qt: Any) -> None:
    heard: list[int] = []
    button = qt.QPushButton("a")
    button.connect("clicked()", lambda: 1 / 0)
    button.connect("clicked()", lambda: heard.append(1))
    button.click()
    assert heard == [1]
    assert isinstance(host.slot_errors[0].error, ZeroDivisionError)
    assert "ZeroDivisionError" in host.take_failures()[0]


def test_an_exception_in_a_timer_or_an_observer_is_caught_too(
    host: Any, qt: Any, slicer: Any
) -> None:
    qt.QTimer.singleShot(0, lambda: 1 / 0)
    host.wait_until(lambda: host.slot_errors)
    tag = slicer.mrmlScene.AddObserver(slicer.mrmlScene.NodeAddedEvent, lambda *_: 1 / 0)
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.mrmlScene.RemoveObserver(tag)
    assert len(host.take_failures()) == 2


def test_a_connection_keeps_its_receiver_alive(qt: Any) -> None:
    class Listener:
        def on_clicked(self) -> None:
            """Be referred to."""

    listener, button = Listener(), qt.QPushButton("a")
    button.connect("clicked()", listener.on_clicked)
    reference = weakref.ref(listener)
    del listener
    gc.collect()
    assert reference() is not None


def test_disconnecting_ends_one_connection(qt: Any) -> None:
    heard: list[int] = []

    def on_clicked() -> None:
        heard.append(1)

    button = qt.QPushButton("a")
    button.connect("clicked()", on_clicked)
    assert button.disconnect("clicked()", on_clicked) is True
    assert button.disconnect("clicked()", on_clicked) is False
    button.click()
    assert heard == []


def test_disconnecting_without_a_callable_also_cuts_connections_in_cpp(qt: Any) -> None:
    spin, bar = qt.QSpinBox(), qt.QProgressBar()
    spin.connect("valueChanged(int)", bar, "setValue(int)")
    spin.value = 5
    spin.disconnect("valueChanged(int)")
    spin.value = 9
    assert bar.value == 5


def test_the_attribute_form_takes_one_callable(qt: Any) -> None:
    with pytest.raises(ValueError, match="wrong number of arguments"):
        qt.QPushButton("a").clicked.connect(print, print)


def test_signals_of_stand_ins_are_blocked_like_others(ctk: Any) -> None:
    heard: list[float] = []
    slider = ctk.ctkSliderWidget()
    slider.connect("valueChanged(double)", heard.append)
    slider.blockSignals(True)
    slider.value = 3
    slider.blockSignals(False)
    slider.value = 4
    assert heard == [4.0]


def test_a_dead_object_leaves_no_connection(host: Any, qt: Any) -> None:
    heard: list[int] = []
    for _ in range(50):
        button = qt.QPushButton("a")
        button.connect("clicked()", lambda: heard.append(1))
        del button
    button = qt.QPushButton("b")
    button.click()
    assert heard == []
    assert button.disconnect("clicked()") is False


def test_a_dead_stand_in_leaves_no_connection(host: Any, ctk: Any) -> None:
    """Its signals are the host's own, and another may come to lie at its address."""
    from slicerhost.pythonqt import signals

    slider = ctk.ctkSliderWidget()
    slider.connect("valueChanged(double)", print)
    key = signals.key_of(slider)
    assert signals._connections[key]
    slider.deleteLater()
    host.turn()
    assert key not in signals._connections


@pytest.mark.parametrize(
    ("slot", "said"),
    [
        ("setVolume(int)", "has no slot"),
        ("value(int)", "has no slot"),
        ("setValue(QString)", "has no slot"),
        ("setFormat(QString)", "has no slot"),
        ("setRange(int,int)", "takes other arguments"),
        ("setVisible(bool)", "takes other arguments"),
    ],
)
def test_a_slot_that_does_not_fit_is_printed_and_answered_false(
    host: Any, qt: Any, slot: str, said: str
) -> None:
    assert qt.QSpinBox().connect("valueChanged(int)", qt.QProgressBar(), slot) is False
    (printed,) = host.take_failures()
    assert said in printed


def test_a_slot_of_a_stand_in_must_be_one_of_its_methods(host: Any, qt: Any, slicer: Any) -> None:
    selector, edit = slicer.qMRMLNodeComboBox(), qt.QLineEdit()
    assert edit.connect("textChanged(QString)", selector, "setCurrentNodeID(QString)") is True
    assert edit.connect("textChanged(QString)", selector, "baseName(QString)") is False
    assert len(host.take_failures()) == 1


def test_a_slot_gets_as_many_arguments_as_its_signature_has(qt: Any) -> None:
    button, spin = qt.QPushButton("a"), qt.QSpinBox()
    button.connect("clicked(bool)", spin, "stepUp()")
    button.click()
    assert spin.value == 1


def test_a_slot_is_disconnected_as_it_was_connected(qt: Any) -> None:
    """A connection to a slot is C++'s: the callable of that name is another."""
    button, spin = qt.QPushButton("a"), qt.QSpinBox()
    button.connect("clicked()", spin, "stepUp()")
    assert button.disconnect("clicked()", spin.stepUp) is False
    assert button.disconnect("clicked()", spin, "stepUp()") is True
    button.click()
    assert spin.value == 0


def test_connecting_takes_no_keywords(qt: Any) -> None:
    button = qt.QPushButton("a")
    for call in (button.connect, button.disconnect):
        with pytest.raises(ValueError, match="keyword arguments"):
            call("clicked()", target=print)


@pytest.mark.parametrize("arguments", [(), (1.0, 2.0)])
def test_a_signal_is_emitted_with_all_of_its_arguments(ctk: Any, arguments: Any) -> None:
    with pytest.raises(ValueError, match="wrong arguments"):
        ctk.ctkSliderWidget().valueChanged.emit(*arguments)


def test_a_list_in_a_signal_arrives_as_a_tuple(slicer: Any) -> None:
    from slicerhost.pythonqt.signals import deliver

    heard: list[Any] = []
    deliver(heard.append, (["a", "b"],))
    assert heard == [("a", "b")]


def test_a_single_shot_calls_once(host: Any, qt: Any) -> None:
    heard: list[int] = []
    qt.QTimer.singleShot(1, lambda: heard.append(1))
    host.wait_until(lambda: heard)
    host.wait(0.02)
    assert heard == [1]


def test_a_single_shot_takes_milliseconds_and_a_callable_alone(qt: Any) -> None:
    with pytest.raises(TypeError, match="milliseconds and a callable"):
        qt.QTimer.singleShot(1, "start()")
