"""Widgets bound to parameters.

Source: developer guide, *GUI connection* (table of connectors); `guiConnectors.py`, `wrapper.py`.
"""

from __future__ import annotations

import enum
import pathlib
from typing import Annotated, Any

import pytest


class Shade(enum.Enum):
    """Two shades, with names for people."""

    LIGHT = 1
    DARK = 2

    def label(self) -> str:
        return self.name.lower()


# Type (made from the module, for its annotations), widget, the property that shows the value, a
# value, and what the property is then.
PAIRS = [
    (lambda p: bool, "qt.QCheckBox", "checked", True, True),
    (lambda p: bool, "qt.QPushButton", "checked", True, True),
    (lambda p: bool, "ctk.ctkPushButton", "checked", True, True),
    (lambda p: int, "qt.QSpinBox", "value", 500, 500),
    (lambda p: Annotated[int, p.WithinRange(-5, 5)], "qt.QSlider", "value", -4, -4),
    (lambda p: float, "qt.QDoubleSpinBox", "value", 250.25, 250.25),
    (lambda p: int, "qt.QDoubleSpinBox", "value", 4, 4.0),
    (lambda p: Annotated[float, p.WithinRange(-9, 9)], "ctk.ctkSliderWidget", "value", 2.5, 2.5),
    (lambda p: float, "ctk.ctkDoubleSpinBox", "value", -2.5, -2.5),
    (lambda p: str, "qt.QLineEdit", "text", "words", "words"),
    (lambda p: str, "qt.QTextEdit", "plainText", "words", "words"),
    (lambda p: Shade, "qt.QComboBox", "currentText", Shade.DARK, "dark"),
    (lambda p: Annotated[str, p.Choice(["", "b"])], "qt.QComboBox", "currentText", "b", "b"),
    (lambda p: Annotated[int, p.Choice([0, 9])], "qt.QComboBox", "currentText", 9, "9"),
    (lambda p: pathlib.Path, "ctk.ctkPathLineEdit", "currentPath", pathlib.Path("/a"), "/a"),
    (lambda p: pathlib.Path, "ctk.ctkDirectoryButton", "directory", pathlib.Path("/a"), "/a"),
]


@pytest.fixture
def a_widget(qt: Any, ctk: Any, request: pytest.FixtureRequest) -> Any:
    module, _, name = request.param.partition(".")
    return getattr({"qt": qt, "ctk": ctk}[module], name)()


@pytest.mark.parametrize(
    ("type_", "a_widget", "shown", "value", "shows"), PAIRS, indirect=["a_widget"]
)
def test_parameter_and_widget_follow_each_other(
    wrapped: Any, pnw: Any, type_: Any, a_widget: Any, shown: str, value: Any, shows: Any
) -> None:
    parameters = wrapped(field=type_(pnw))
    tag = parameters.connectParametersToGui({"field": a_widget})
    initially = getattr(a_widget, shown)
    parameters.field = value
    assert getattr(a_widget, shown) == shows
    setattr(a_widget, shown, initially)
    assert parameters.field != value
    parameters.disconnectGui(tag)
    setattr(a_widget, shown, shows)
    assert parameters.field != value


def test_a_label_only_shows(wrapped: Any, qt: Any) -> None:
    parameters, label = wrapped(field=str), qt.QLabel()
    parameters.connectParametersToGui({"field": label})
    parameters.field = "shown"
    label.text = "other"
    assert parameters.field == "shown"


def test_a_node_selector_is_bound_and_gets_its_types(
    wrapped: Any, slicer: Any, a_volume: Any
) -> None:
    selector = slicer.qMRMLNodeComboBox()
    selector.noneEnabled = True
    selector.setMRMLScene(slicer.mrmlScene)
    parameters = wrapped(field=slicer.vtkMRMLScalarVolumeNode)
    parameters.connectParametersToGui({"field": selector})
    assert selector.nodeTypes == ("vtkMRMLScalarVolumeNode",)
    selector.setCurrentNode(a_volume)
    assert parameters.field is a_volume
    parameters.field = None
    assert selector.currentNode() is None


@pytest.mark.parametrize(
    ("type_", "a_widget", "said"),
    [
        (str, "qt.QCheckBox", "no GUI connector"),
        (float, "qt.QSlider", "no GUI connector"),
        (str, "qt.QTextBrowser", "no GUI connector"),
        (int, "qt.QSlider", "needs bounds"),
        (float, "ctk.ctkSliderWidget", "needs bounds"),
        (str, "qt.QComboBox", "Choice"),
    ],
    indirect=["a_widget"],
)
def test_an_impossible_pair_raises(wrapped: Any, type_: Any, a_widget: Any, said: str) -> None:
    with pytest.raises(RuntimeError, match=said):
        wrapped(field=type_).connectParametersToGui({"field": a_widget})


def test_the_class_of_a_widget_is_matched_exactly(wrapped: Any, qt: Any) -> None:
    class Check(qt.QCheckBox):
        pass

    with pytest.raises(RuntimeError, match="no GUI connector"):
        wrapped(field=bool).connectParametersToGui({"field": Check()})


def test_widgets_are_found_by_their_dynamic_property(wrapped: Any, qt: Any) -> None:
    panel = qt.QWidget()
    line = qt.QLineEdit(panel)
    line.setProperty("SlicerParameterName", "name")
    parameters = wrapped(name=str)
    parameters.connectGui(panel)
    line.text = "typed"
    assert parameters.name == "typed"


def test_a_widget_that_names_no_parameter_raises(wrapped: Any, qt: Any) -> None:
    panel = qt.QWidget()
    qt.QLineEdit(panel).setProperty("SlicerParameterName", "nickname")
    with pytest.raises(ValueError, match="no parameter 'nickname'"):
        wrapped(name=str).connectGui(panel)


def test_bounds_step_and_digits_come_from_the_annotations(wrapped: Any, pnw: Any, ctk: Any) -> None:
    slider = ctk.ctkSliderWidget()
    type_ = Annotated[float, pnw.WithinRange(-2, 3), pnw.Decimals(1), pnw.SingleStep(0.5)]
    wrapped(field=type_).connectParametersToGui({"field": slider})
    found = (slider.minimum, slider.maximum, slider.decimals, slider.singleStep)
    assert found == (-2, 3, 1, 0.5)


def test_every_modified_event_refreshes_all_bound_widgets(
    wrapped: Any, a_node: Any, qt: Any
) -> None:
    """What a widget shows without the parameter knowing is overwritten by any other change."""
    parameters, line = wrapped(name=str, amount=int), qt.QLineEdit()
    parameters.connectParametersToGui({"name": line})
    line.blockSignals(True)
    line.text = "unknown to the parameter"
    line.blockSignals(False)
    a_node.SetAttribute("unrelated", "1")
    assert line.text == ""


def test_what_a_slot_sets_during_a_refresh_is_told_at_its_end(wrapped: Any, qt: Any) -> None:
    """`_updateGUIFromParameterNode` writes the widgets between StartModify and EndModify."""
    parameters, line, box = wrapped(a=str, b=bool), qt.QLineEdit(), qt.QCheckBox()
    told: list[tuple[str, bool]] = []
    line.connect("textChanged(QString)", lambda text: parameters.setValue("b", text == "on"))
    parameters.connectParametersToGui({"a": line, "b": box})
    parameters.AddObserver("ModifiedEvent", lambda *_: told.append((line.text, box.checked)))
    parameters.a = "on"
    assert told == [("", False), ("on", True)]


def test_after_disconnecting_the_node_leaves_the_widget_alone(wrapped: Any, qt: Any) -> None:
    parameters, line = wrapped(name=str), qt.QLineEdit()
    parameters.disconnectGui(parameters.connectParametersToGui({"name": line}))
    parameters.name = "new"
    assert line.text == ""


def test_a_slider_without_tracking_sets_the_parameter_once(
    wrapped: Any, host: Any, pnw: Any, ctk: Any
) -> None:
    slider = ctk.ctkSliderWidget()
    slider.tracking = False
    parameters = wrapped(field=Annotated[float, pnw.WithinRange(0, 9)])
    parameters.connectParametersToGui({"field": slider})
    seen: list[float] = []
    parameters.AddObserver("ModifiedEvent", lambda *_: seen.append(parameters.field))
    host.drag(slider, [2, 5, 7])
    assert seen == [7.0]


def test_an_empty_path_shows_as_a_dot(wrapped: Any, ctk: Any) -> None:
    line = ctk.ctkPathLineEdit()
    wrapped(field=pathlib.Path).connectParametersToGui({"field": line})
    assert line.currentPath == "."
