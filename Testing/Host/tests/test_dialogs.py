"""Dialogs never block: they are recorded, and answered by the test.

Sources: `slicer/util.py` (`_messageDisplay`, `tryWithErrorDisplay`), PythonQt's decorators of
QFileDialog and QInputDialog.
"""

from __future__ import annotations

from typing import Any

import pytest


def test_errors_and_information_are_recorded(host: Any, slicer: Any) -> None:
    slicer.util.errorDisplay("it broke", detailedText="where")
    slicer.util.infoDisplay("it works")
    assert [(m.kind, m.text) for m in host.messages] == [
        ("error", "it broke"),
        ("info", "it works"),
    ]
    assert host.messages[0].detail == "where"


@pytest.mark.parametrize("question", ["confirmOkCancelDisplay", "confirmYesNoDisplay"])
def test_a_question_is_answered_by_the_test(host: Any, slicer: Any, question: str) -> None:
    host.answer(False, True)
    ask = getattr(slicer.util, question)
    assert [ask("sure?"), ask("sure?"), ask("sure?")] == [False, True, True]


def test_in_testing_mode_a_question_is_confirmed_unasked(host: Any, slicer: Any) -> None:
    host.app.testing = True
    host.answer(False)
    slicer.util.confirmOkCancelDisplay("sure?")
    assert host.messages[0].answer is True


def test_an_error_is_displayed_and_raised_again(host: Any, slicer: Any) -> None:
    def fail() -> None:
        with slicer.util.tryWithErrorDisplay("Scoring failed."):
            raise ValueError("no head")

    with pytest.raises(ValueError, match="no head"):
        fail()
    assert host.messages[0].text == "Scoring failed.\n\nno head"
    assert "Traceback" in host.messages[0].detail


def test_in_testing_mode_no_error_is_displayed(host: Any, slicer: Any) -> None:
    host.app.testing = True
    with pytest.raises(ValueError, match="no head"), slicer.util.tryWithErrorDisplay("Failed."):
        raise ValueError("no head")
    assert host.messages == []


def test_a_file_dialog_answers_a_path_alone(host: Any, qt: Any) -> None:
    host.answer("/data/scan.nii.gz")
    assert qt.QFileDialog.getOpenFileName(None, "Scan", "") == "/data/scan.nii.gz"
    assert qt.QFileDialog.getSaveFileName(None, "Report", "") == ""


def test_an_input_dialog_answers_a_value_and_says_whether_it_was_confirmed(
    host: Any, qt: Any
) -> None:
    import PythonQt

    host.answer("my preset")
    ok = PythonQt.BoolResult()
    arguments = (None, "Preset", "Name:", qt.QLineEdit.Normal, "", ok)
    assert (qt.QInputDialog.getText(*arguments), bool(ok)) == ("my preset", True)
    assert (qt.QInputDialog.getText(*arguments), bool(ok)) == ("", False)


@pytest.mark.parametrize(
    ("kind", "values", "cancelled"),
    [
        ("getText", (0, "offered"), ""),
        ("getInt", (7, 0, 9, 1), 7),
        ("getDouble", (2.5, 0, 9, 1), 2.5),
        ("getItem", (["a", "b"], 1, False), "b"),
    ],
)
def test_a_cancelled_input_dialog_answers_what_qt_does(
    host: Any, qt: Any, kind: str, values: tuple[Any, ...], cancelled: Any
) -> None:
    """Sources: qinputdialog.cpp; only a text is lost."""
    import PythonQt

    ok = PythonQt.BoolResult()
    assert getattr(qt.QInputDialog, kind)(None, "Title", "Label:", *values, ok) == cancelled
    assert not ok


def test_a_bool_result_stands_where_cpp_has_it(qt: Any) -> None:
    import PythonQt

    ok = PythonQt.BoolResult()
    with pytest.raises(ValueError, match="argument 6"):
        qt.QInputDialog.getText(None, "Preset", "Name:", ok)
    with pytest.raises(ValueError, match="argument 6"):
        qt.QInputDialog.getText(None, "Preset", "Name:", qt.QLineEdit.Normal, "", True)


def test_a_bool_result_is_asked_by_bool_alone(host: Any) -> None:
    import PythonQt

    with pytest.raises(TypeError):
        PythonQt.BoolResult(True)
    with pytest.raises(AttributeError):
        _ = PythonQt.BoolResult().value


@pytest.mark.parametrize(
    ("cls", "call", "arguments"),
    [
        ("QFileDialog", "getSaveFileName", ("Report",)),
        ("QInputDialog", "getText", ("Preset", "Name:")),
        ("QMessageBox", "question", ("Sure?", "Sure?")),
    ],
)
def test_the_parent_of_a_dialog_is_a_widget(
    qt: Any, a_panel: Any, cls: str, call: str, arguments: tuple[str, ...]
) -> None:
    """A module's widget is a Python object that has one, `parent`, and is none itself."""
    show = getattr(getattr(qt, cls), call)
    show(a_panel.parent, *arguments)
    with pytest.raises(ValueError, match="parent must be a widget"):
        show(a_panel, *arguments)


def test_a_dialog_takes_no_keywords(qt: Any) -> None:
    with pytest.raises(ValueError, match="keyword arguments"):
        qt.QFileDialog.getOpenFileName(None, caption="Scan")


def test_a_message_box_answers_a_button(host: Any, qt: Any) -> None:
    box = qt.QMessageBox
    host.answer(True, False)
    assert [box.question(None, "Sure?", "Sure?") for _ in range(2)] == [box.Yes, box.No]
    host.answer(False)
    question = box()
    question.standardButtons = box.Retry | box.Close
    assert question.exec_() == box.Close


def test_a_modal_dialog_does_not_wait(host: Any, qt: Any) -> None:
    box = qt.QMessageBox()
    box.text = "read this"
    assert box.exec_() == qt.QMessageBox.Ok
    assert host.messages[0].text == "read this"


def test_a_link_is_not_opened(host: Any, qt: Any) -> None:
    qt.QDesktopServices.openUrl(qt.QUrl("https://example.org"))
    assert host.messages[0].text == "https://example.org"


def test_the_status_bar_is_recorded(host: Any, slicer: Any) -> None:
    assert slicer.util.showStatusMessage("reading") is True
    assert host.records.status == ["reading"]
