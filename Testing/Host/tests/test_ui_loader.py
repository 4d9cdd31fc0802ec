"""`.ui` files are loaded strictly: QUiLoader would pass over what it does not know.

Source: `slicer.util.loadUI`, the format's own documentation (Qt Designer's UI file format).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOT = """<ui version="4.0"><class>Panel</class>
<widget class="{root}" name="Panel"><layout class="QVBoxLayout" name="column"><item>
<widget class="{widget}" name="inner">{properties}</widget>
</item></layout></widget>
<customwidgets>
<customwidget><class>qMRMLWidget</class><extends>QWidget</extends><container>1</container>
</customwidget>
<customwidget><class>{widget}</class><extends>QWidget</extends></customwidget>
</customwidgets>
<connections>{connections}</connections></ui>"""

CONNECTION = """<connection><sender>{}</sender><signal>{}</signal><receiver>{}</receiver>
<slot>{}</slot></connection>"""


def load(
    folder: Path, slicer: Any, widget: str, properties: str = "", connections: str = ""
) -> Any:
    path = folder / "Panel.ui"
    root = "qMRMLWidget"
    path.write_text(
        ROOT.format(root=root, widget=widget, properties=properties, connections=connections)
    )
    return slicer.util.loadUI(str(path))


def entry(name: str, value: str, extra: str = "") -> str:
    return f'<property name="{name}" {extra}>{value}</property>'


def test_widgets_of_qt_ctk_and_slicer_are_made(tmp_path: Path, slicer: Any) -> None:
    panel = load(tmp_path, slicer, "ctkSliderWidget")
    assert panel.className() == "qMRMLWidget"
    assert panel.inner.className() == "ctkSliderWidget"


def test_properties_of_qt_and_of_a_stand_in_are_set(tmp_path: Path, slicer: Any) -> None:
    properties = (
        entry("enabled", "<bool>false</bool>")
        + entry("tracking", "<bool>false</bool>")
        + entry("maximum", "<double>4.5</double>")
        + entry("suffix", "<string> mm</string>")
    )
    panel = load(tmp_path, slicer, "ctkSliderWidget", properties)
    slider = panel.inner
    assert (slider.enabled, slider.tracking, slider.maximum) == (False, False, 4.5)
    assert slider.suffix == " mm"


def test_a_list_of_node_types_is_set(tmp_path: Path, slicer: Any) -> None:
    types = "<stringlist><string>vtkMRMLTableNode</string></stringlist>"
    panel = load(tmp_path, slicer, "qMRMLNodeComboBox", entry("nodeTypes", types))
    assert panel.inner.nodeTypes == ("vtkMRMLTableNode",)


def test_flags_of_a_stand_in_are_set(tmp_path: Path, slicer: Any) -> None:
    flags = "<set>ctkPathLineEdit::Dirs|ctkPathLineEdit::Writable</set>"
    panel = load(tmp_path, slicer, "ctkPathLineEdit", entry("filters", flags))
    assert panel.inner.filters == panel.inner.Dirs | panel.inner.Writable


def test_an_unknown_flag_raises(tmp_path: Path, slicer: Any) -> None:
    flags = entry("filters", "<set>ctkPathLineEdit::Folders</set>")
    with pytest.raises(ValueError, match="unknown enumerator ctkPathLineEdit::Folders"):
        load(tmp_path, slicer, "ctkPathLineEdit", flags)


@pytest.mark.parametrize("known", ["Qt::AlignLeft|Qt::AlignTop", "Qt::AlignCenter"])
def test_enumerators_of_qt_are_set(tmp_path: Path, slicer: Any, qt: Any, known: str) -> None:
    panel = load(tmp_path, slicer, "QLabel", entry("alignment", f"<set>{known}</set>"))
    wanted = [getattr(qt.Qt, part.removeprefix("Qt::")) for part in known.split("|")]
    assert all(panel.inner.alignment & flag for flag in wanted)


@pytest.mark.parametrize("unknown", ["Qt::AlignmentFlag::AlignLeft", "Qt::AlignLeft|Qt::AlignNear"])
def test_an_enumerator_that_qt_5_does_not_read_raises(
    tmp_path: Path, slicer: Any, unknown: str
) -> None:
    """QUiLoader takes zero in its place; Designer 6 writes the first form."""
    with pytest.raises(ValueError, match="inner: alignment: unknown enumerator Qt::Align"):
        load(tmp_path, slicer, "QLabel", entry("alignment", f"<set>{unknown}</set>"))


def test_a_loader_takes_a_file_and_no_path(tmp_path: Path, qt: Any) -> None:
    with pytest.raises(ValueError, match="takes a qt"):
        qt.QUiLoader().load(str(tmp_path / "Panel.ui"))


@pytest.mark.parametrize("widget", ["QLabel", "ctkSliderWidget"])
def test_an_unknown_property_raises(tmp_path: Path, slicer: Any, widget: str) -> None:
    with pytest.raises(ValueError, match=f"inner: {widget} has no property txet"):
        load(tmp_path, slicer, widget, entry("txet", "<string>a</string>"))


@pytest.mark.parametrize("widget", ["QDial", "ctkRangeWidget", "QUnheardOf"])
def test_an_unknown_class_raises(tmp_path: Path, slicer: Any, widget: str) -> None:
    with pytest.raises(ValueError, match=f"unknown class {widget}"):
        load(tmp_path, slicer, widget)


def test_dynamic_properties_say_so(tmp_path: Path, slicer: Any) -> None:
    dynamic = entry("SlicerParameterName", "<string>amount</string>", 'stdset="0"')
    panel = load(tmp_path, slicer, "QLineEdit", dynamic)
    assert panel.inner.property("SlicerParameterName") == "amount"


def test_a_misnamed_parameter_property_raises(tmp_path: Path, slicer: Any) -> None:
    dynamic = entry("SlicerParameter", "<string>amount</string>", 'stdset="0"')
    with pytest.raises(ValueError, match="is not SlicerParameterName"):
        load(tmp_path, slicer, "QLineEdit", dynamic)


def test_a_connection_hands_the_scene_on(tmp_path: Path, slicer: Any) -> None:
    made = CONNECTION.format(
        "Panel", "mrmlSceneChanged(vtkMRMLScene*)", "inner", "setMRMLScene(vtkMRMLScene*)"
    )
    panel = load(tmp_path, slicer, "qMRMLNodeComboBox", connections=made)
    panel.setMRMLScene(slicer.mrmlScene)
    assert panel.inner.mrmlScene() is slicer.mrmlScene


@pytest.mark.parametrize(
    ("sender", "signal", "slot", "said"),
    [
        (
            "outer",
            "mrmlSceneChanged(vtkMRMLScene*)",
            "setMRMLScene(vtkMRMLScene*)",
            "no such object",
        ),
        ("Panel", "sceneChanged()", "setMRMLScene(vtkMRMLScene*)", "has no signal sceneChanged"),
        ("Panel", "mrmlSceneChanged(vtkMRMLScene*)", "setScene(vtkMRMLScene*)", "has no slot"),
        ("Panel", "mrmlSceneChanged(vtkMRMLScene*)", "setCurrentNodeIndex(int)", "other arguments"),
    ],
)
def test_an_impossible_connection_raises(
    tmp_path: Path, slicer: Any, sender: str, signal: str, slot: str, said: str
) -> None:
    made = CONNECTION.format(sender, signal, "inner", slot)
    with pytest.raises(ValueError, match=said):
        load(tmp_path, slicer, "qMRMLNodeComboBox", connections=made)


def test_a_missing_file_raises_as_in_slicer(slicer: Any) -> None:
    with pytest.raises(RuntimeError, match="file not found"):
        slicer.util.loadUI("/nowhere/Panel.ui")


def test_named_children_become_variables(tmp_path: Path, slicer: Any) -> None:
    panel = load(tmp_path, slicer, "QLabel")
    assert slicer.util.childWidgetVariables(panel).inner is panel.inner
