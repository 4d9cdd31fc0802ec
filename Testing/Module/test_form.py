"""The form: every input explains itself, with its unit, and the keyboard goes through in order."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from .conftest import MODULE

FORM = MODULE.parent / "Resources" / "UI" / "MotionQC.ui"
INPUTS = {
    "QCheckBox",
    "QComboBox",
    "QPushButton",
    "QSpinBox",
    "QDoubleSpinBox",
    "QToolButton",
    "QLineEdit",
    "ctkPathLineEdit",
    "ctkSliderWidget",
    "qMRMLNodeComboBox",
}


def widgets() -> list[ElementTree.Element]:
    root = ElementTree.parse(FORM).getroot()
    return [widget for widget in root.iter("widget") if widget.get("class") in INPUTS]


def text_of(widget: ElementTree.Element, name: str) -> str:
    found = widget.find(f"property[@name='{name}']/string")
    return (found.text or "") if found is not None else ""


@pytest.mark.parametrize("widget", widgets(), ids=lambda widget: widget.get("name"))
def test_every_input_has_a_tool_tip(widget):
    assert text_of(widget, "toolTip"), f"{widget.get('name')} has none"


def test_every_length_and_angle_has_its_unit():
    units = {"rotation": "\N{DEGREE SIGN}", "translation": "mm", "pivot": "mm"}
    found = {
        widget.get("name"): (text_of(widget, "suffix").strip(), units[named.group()])
        for widget in widgets()
        if widget.get("class") in {"ctkSliderWidget", "QDoubleSpinBox"}
        and (named := re.match("|".join(units), widget.get("name")))
    }
    assert len(found) == 11
    assert [name for name, (unit, right) in found.items() if unit != right] == []


def test_the_tab_key_goes_from_top_to_bottom(host, panel):
    import qt

    host.show()
    for section in ("scoreSection", "simulateSection", "trainSection"):
        getattr(panel.ui, section).collapsed = False
    host.turn()
    names = [widget.get("name") for widget in widgets()]
    inputs = [getattr(panel.ui, name) for name in names]
    heights = [
        each.mapToGlobal(qt.QPoint(0, 0)).y()
        for each in inputs
        if each.visible and each.focusPolicy & qt.Qt.TabFocus.value
    ]
    assert len(heights) > 10
    assert heights == sorted(heights)
