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
