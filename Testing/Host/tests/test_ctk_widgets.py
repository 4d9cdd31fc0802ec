"""Stand-ins for CTK's widgets.

Source: CTK, `Libs/Widgets` (`ctkSliderWidget.h`, `ctkCollapsibleButton.h`, `ctkPathLineEdit.h`).
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


def test_the_handle_and_the_spin_box_of_a_slider_widget_set_its_value(a_slider: Any) -> None:
    heard: list[float] = []
    a_slider.connect("valueChanged(double)", heard.append)
    a_slider.spinBox().value = 4.0
    a_slider.slider().setSliderDown(True)
    a_slider.slider().setSliderPosition(0)
    assert heard == [4.0, -10.0]


def test_a_collapsible_button_hides_and_shows_what_it_holds(host: Any, qt: Any, ctk: Any) -> None:
    section = ctk.ctkCollapsibleButton("Section")
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
    section = ctk.ctkCollapsibleButton("Section")
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


def test_push_buttons_click(qt: Any, ctk: Any) -> None:
    heard: list[str] = []
    for cls in (ctk.ctkPushButton, ctk.ctkMenuButton):
        button = cls("Press")
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
