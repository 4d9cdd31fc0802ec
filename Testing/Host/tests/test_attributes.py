"""Attributes of Qt objects are PythonQt's.

Source: `PythonQtInstanceWrapper_getattro` and `_setattro` (PythonQtInstanceWrapper.cpp),
`PyObjToQVariant` (PythonQtConversion.cpp).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def test_a_property_shadows_its_getter(qt: Any) -> None:
    label = qt.QLabel("seven")
    assert label.text == "seven"
    with pytest.raises(TypeError, match="'str' object is not callable"):
        label.text()


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [
        ("QCheckBox", "checked", False),
        ("QWidget", "enabled", True),
        ("QWidget", "visible", False),
        ("QSlider", "value", 0),
        ("QComboBox", "currentText", ""),
        ("QComboBox", "currentIndex", -1),
        ("QComboBox", "count", 0),
        ("QProgressBar", "maximum", 100),
        ("QTimer", "active", False),
        ("QTableWidget", "rowCount", 0),
    ],
)
def test_properties_are_read_without_a_call(qt: Any, make: str, name: str, value: Any) -> None:
    assert getattr(getattr(qt, make)(), name) == value


def test_setters_and_is_getters_stay_methods(qt: Any) -> None:
    box = qt.QCheckBox("a")
    box.setChecked(True)
    assert box.isChecked() is True


def test_what_is_no_property_stays_a_method(qt: Any) -> None:
    parent = qt.QWidget()
    edit = qt.QTextEdit(parent)
    edit.setPlainText("words")
    assert edit.toPlainText() == "words"
    assert edit.parent() is parent


def test_a_property_is_written_by_assignment(qt: Any) -> None:
    button = qt.QPushButton("a")
    button.text, button.enabled = "b", False
    assert (button.text, button.enabled) == ("b", False)


def test_size_hint_is_a_property(qt: Any) -> None:
    assert qt.QLabel("wide enough").sizeHint.width() > 0


def test_name_is_the_object_name(qt: Any) -> None:
    widget = qt.QWidget()
    widget.name = "a name"
    assert widget.objectName == "a name"


def test_an_unknown_attribute_cannot_be_read(qt: Any) -> None:
    with pytest.raises(AttributeError, match="QLabel has no attribute named 'txt'"):
        _ = qt.QLabel().txt


def test_an_unknown_attribute_cannot_be_set_on_a_cpp_object(qt: Any) -> None:
    with pytest.raises(AttributeError, match="creating new attributes on C\\+\\+ objects"):
        qt.QLabel().txt = "typo"


@pytest.mark.parametrize("make", ["QColor", "QSize", "QFont", "QTableWidgetItem"])
def test_an_unknown_attribute_cannot_be_set_on_a_value_of_cpp(qt: Any, make: str) -> None:
    with pytest.raises(AttributeError, match="creating new attributes on C\\+\\+ objects"):
        getattr(qt, make)().txt = "typo"


def test_a_python_subclass_of_a_value_may_hold_attributes(qt: Any) -> None:
    class Item(qt.QTableWidgetItem):
        pass

    item = Item("a")
    item.extra = 3
    assert item.extra == 3


def test_a_method_cannot_be_replaced(qt: Any) -> None:
    with pytest.raises(AttributeError, match="Slot 'show' can not be overwritten"):
        qt.QLabel().show = print


def test_a_python_subclass_may_hold_attributes(qt: Any) -> None:
    class Label(qt.QLabel):
        pass

    label = Label("a")
    label.extra = 3
    assert (label.extra, label.text) == (3, "a")


def test_a_read_only_property_refuses(qt: Any) -> None:
    with pytest.raises(AttributeError, match="is not writable"):
        qt.QComboBox().count = 3


def test_a_dynamic_property_is_read_and_written_as_an_attribute(qt: Any) -> None:
    widget = qt.QWidget()
    widget.setProperty("SlicerParameterName", "amount")
    widget.SlicerParameterName = "other"
    assert widget.property("SlicerParameterName") == "other"


def test_a_named_child_is_an_attribute(qt: Any) -> None:
    parent = qt.QWidget()
    child = qt.QLabel("x", parent)
    child.name = "theChild"
    assert parent.theChild is child


def test_a_text_property_takes_the_text_of_anything(qt: Any) -> None:
    label = qt.QLabel()
    label.text = 5
    assert label.text == "5"


@pytest.mark.parametrize(("value", "expected"), [(3.7, 3), (True, 1), (np.int64(4), 4)])
def test_an_integer_property_rounds_down_and_takes_an_index(
    qt: Any, value: Any, expected: int
) -> None:
    slider = qt.QSlider()
    slider.value = value
    assert slider.value == expected


@pytest.mark.parametrize("value", ["3", None, np.float32(3.5)])
def test_an_integer_property_refuses_what_has_no_index(qt: Any, value: Any) -> None:
    with pytest.raises(AttributeError, match="does not accept an object of type"):
        qt.QSlider().value = value


def test_a_property_refuses_another_type(qt: Any) -> None:
    with pytest.raises(AttributeError, match="does not accept"):
        qt.QPushButton().icon = "save.png"


def test_lists_arrive_as_tuples(qt: Any) -> None:
    parent = qt.QWidget()
    child = qt.QLabel("x", parent)
    assert parent.children() == (child,)
    assert parent.findChildren(qt.QLabel) == (child,)


def test_list_properties_arrive_as_tuples(slicer: Any) -> None:
    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLTableNode"]
    assert selector.nodeTypes == ("vtkMRMLTableNode",)


def test_keywords_are_refused(qt: Any) -> None:
    with pytest.raises(ValueError, match="keyword arguments"):
        qt.QLabel(text="a")
    with pytest.raises(ValueError, match="keyword arguments"):
        qt.QLabel().setText(text="a")


def test_keywords_are_refused_by_a_stand_in_and_its_parts_too(slicer: Any) -> None:
    selector = slicer.qMRMLNodeComboBox()
    for call, keywords in (
        (selector.setCurrentNode, {"node": None}),
        (selector.setMRMLScene, {"scene": None}),
        (slicer.app.layoutManager().setLayout, {"layout": 3}),
    ):
        with pytest.raises(ValueError, match="keyword arguments"):
            call(**keywords)


def test_a_python_subclass_of_a_stand_in_keeps_its_own_ways(slicer: Any) -> None:
    class Selector(slicer.qMRMLNodeComboBox):
        def choose(self, node: Any = None) -> str:
            return f"chose {node}"

    assert Selector().choose(node="a") == "chose a"


def test_an_unknown_class_does_not_exist(qt: Any, ctk: Any, slicer: Any) -> None:
    for module, name in ((qt, "QDial"), (ctk, "ctkRangeSlider"), (slicer, "qMRMLThreeDView")):
        with pytest.raises(AttributeError, match=name):
            getattr(module, name)


def test_class_name_and_inheritance_are_asked_by_name(qt: Any, ctk: Any) -> None:
    assert qt.QLabel().className() == "QLabel"
    assert ctk.ctkSliderWidget().className() == "ctkSliderWidget"
    assert qt.QLabel().inherits("QWidget")


def test_nothing_unknown_can_be_set_on_a_stand_in(ctk: Any) -> None:
    with pytest.raises(AttributeError, match="creating new attributes"):
        ctk.ctkSliderWidget().mostly = 3


def test_enumerators_are_flat_or_scoped(qt: Any) -> None:
    assert qt.Qt.AlignCenter == qt.Qt.AlignmentFlag.AlignCenter
    assert qt.QMessageBox.Ok == qt.QMessageBox.StandardButton.Ok
