"""Stand-ins for CTK's widgets.

Sources: CTK, `Libs/Widgets` (`ctkSliderWidget.h`, `ctkDoubleSpinBox.h`, `ctkCollapsibleButton.h`,
`ctkPathLineEdit.h`, `ctkDirectoryButton.h`), and `CMake/ctkWrapPythonQt.py`: of a class only the
properties, the slots, what is Q_INVOKABLE and the constructor from a parent are there in Python.
"""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def a_slider(ctk: Any) -> Any:
    slider = ctk.ctkSliderWidget()
    slider.minimum, slider.maximum, slider.decimals, slider.singleStep = -10, 10, 1, 0.5
    return slider


def test_a_slider_widget_keeps_its_value_within_bounds_and_digits(a_slider: Any) -> None:
    a_slider.value = 3.14159
    assert a_slider.value == 3.1
    a_slider.value = 99
    assert a_slider.value == 10
    a_slider.maximum = 5
    assert a_slider.value == 5


def test_with_tracking_a_drag_changes_the_value_all_along(host: Any, a_slider: Any) -> None:
    heard: list[float] = []
    a_slider.connect("valueChanged(double)", heard.append)
    host.drag(a_slider, [1, 2, 3])
    assert heard == [1, 2, 3]


def test_without_tracking_a_drag_says_where_it_is_and_changes_the_value_at_its_end(
    host: Any, a_slider: Any
) -> None:
    a_slider.tracking = False
    changing: list[float] = []
    changed: list[float] = []
    a_slider.connect("valueIsChanging(double)", changing.append)
    a_slider.connect("valueChanged(double)", changed.append)
    host.drag(a_slider, [1, 2, 3])
    assert (changing, changed, a_slider.value) == ([1, 2, 3], [3], 3)


def test_the_handle_and_the_spin_box_of_a_slider_widget_set_its_value(
    qt: Any, a_slider: Any
) -> None:
    heard: list[float] = []
    a_slider.connect("valueChanged(double)", heard.append)
    (spin,), (handle,) = a_slider.findChildren(qt.QDoubleSpinBox), a_slider.findChildren(qt.QSlider)
    spin.value = 4.0
    handle.setSliderDown(True)
    handle.setSliderPosition(0)
    assert heard == [4.0, -10.0]


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        ("ctkSliderWidget", "setRange"),
        ("ctkSliderWidget", "setMinimum"),
        ("ctkSliderWidget", "spinBox"),
        ("ctkSliderWidget", "slider"),
        ("ctkDoubleSpinBox", "setMaximum"),
        ("ctkCollapsibleButton", "setCollapsed"),
        ("ctkDirectoryButton", "setDirectory"),
    ],
)
def test_what_is_for_cpp_alone_is_not_there(ctk: Any, cls: str, name: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute named '{name}'"):
        getattr(getattr(ctk, cls)(), name)


def test_slots_of_a_slider_widget_set_its_properties(a_slider: Any) -> None:
    a_slider.setDecimals(0)
    a_slider.setValue(2.6)
    a_slider.setSpinBoxVisible(False)
    assert (a_slider.decimals, a_slider.value, a_slider.spinBoxVisible) == (0, 3, False)


@pytest.mark.parametrize("cls", ["ctkCollapsibleButton", "ctkPushButton", "ctkPathLineEdit"])
def test_a_constructor_takes_a_parent_alone(qt: Any, ctk: Any, cls: str) -> None:
    parent = qt.QWidget()
    assert getattr(ctk, cls)(parent).parent() is parent
    with pytest.raises(ValueError, match="takes a parent widget alone"):
        getattr(ctk, cls)("Title")
    with pytest.raises(TypeError, match="keyword"):
        getattr(ctk, cls)(parent=parent)


def test_a_collapsible_button_hides_and_shows_what_it_holds(host: Any, qt: Any, ctk: Any) -> None:
    section = ctk.ctkCollapsibleButton()
    section.text = "Section"
    column = qt.QVBoxLayout(section)
    shown, hidden = qt.QLabel("a"), qt.QLabel("b")
    column.addWidget(shown)
    column.addWidget(hidden)
    hidden.hide()
    section.show()
    section.collapsed = True
    assert (shown.visible, section.checked) == (False, False)
    section.collapsed = False
    assert (shown.visible, hidden.visible, section.text) == (True, False, "Section")


def test_collapsing_is_signalled(ctk: Any) -> None:
    heard: list[bool] = []
    section = ctk.ctkCollapsibleButton()
    section.connect("contentsCollapsed(bool)", heard.append)
    section.collapsed = True
    assert heard == [True]


def test_a_collapsible_group_box_leaves_its_children_enabled(qt: Any, ctk: Any) -> None:
    box = ctk.ctkCollapsibleGroupBox()
    column = qt.QVBoxLayout(box)
    label = qt.QLabel("a")
    column.addWidget(label)
    box.show()
    box.collapsed = True
    box.collapsed = False
    assert (label.visible, label.enabled) == (True, True)


def test_a_path_line_signals_its_path(host: Any, qt: Any, ctk: Any) -> None:
    heard: list[str] = []
    line = ctk.ctkPathLineEdit()
    line.connect("currentPathChanged(QString)", heard.append)
    line.currentPath = "/data/a.nii"
    host.answer("/data/b.nii")
    line.browse()
    assert heard == ["/data/a.nii", "/data/b.nii"]


def test_a_directory_button_keeps_absolute_folders(ctk: Any, tmp_path: Any) -> None:
    heard: list[str] = []
    button = ctk.ctkDirectoryButton()
    button.connect("directoryChanged(QString)", heard.append)
    button.directory = str(tmp_path / "x" / "..")
    assert heard == [button.directory]
    assert button.directory.startswith("/")


def test_a_directory_button_signals_a_folder_that_is_chosen_again(ctk: Any, tmp_path: Any) -> None:
    heard: list[str] = []
    button = ctk.ctkDirectoryButton()
    button.directory = str(tmp_path)
    button.connect("directorySelected(QString)", lambda _: heard.append("selected"))
    button.connect("directoryChanged(QString)", lambda _: heard.append("changed"))
    button.directory = str(tmp_path)
    assert heard == ["selected"]


def test_the_text_of_a_directory_button_stands_in_place_of_the_folder(qt: Any, ctk: Any) -> None:
    button = ctk.ctkDirectoryButton()
    (face,) = button.findChildren(qt.QPushButton)
    assert (button.text, face.text) == ("", button.directory)
    button.text = "Output folder"
    assert face.text == "Output folder"


def test_push_buttons_click(qt: Any, ctk: Any) -> None:
    heard: list[str] = []
    for cls in (ctk.ctkPushButton, ctk.ctkMenuButton):
        button = cls()
        button.text = "Press"
        button.connect("clicked()", lambda: heard.append("click"))
        button.click()
        assert button.text == "Press"
    assert heard == ["click", "click"]


def test_a_double_spin_box_signals_its_value(ctk: Any) -> None:
    heard: list[float] = []
    spin = ctk.ctkDoubleSpinBox()
    spin.connect("valueChanged(double)", heard.append)
    spin.value = 2.5
    assert (heard, spin.value) == ([2.5], 2.5)
