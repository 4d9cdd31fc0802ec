"""Modal dialogs: recorded, and answered by the test in place of a person.

With `interactive` they open for a person instead.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from PySide6 import QtWidgets

from slicerhost.pythonqt.bool_result import BoolResult
from slicerhost.pythonqt.conversion import to_python
from slicerhost.pythonqt.methods import refuse_keywords
from slicerhost.records import Message, records

interactive = False

BUTTON = QtWidgets.QMessageBox.StandardButton
CONFIRMING = (BUTTON.Yes, BUTTON.Ok, BUTTON.Retry)
DECLINING = (BUTTON.No, BUTTON.Cancel, BUTTON.Close)

# How many arguments stand between the label and `bool* ok`.
INPUTS = {"getText": 2, "getDouble": 4, "getInt": 4, "getItem": 3}


def install(qt: ModuleType) -> None:
    """Replace what would block in the classes of `qt`."""
    for cls, kinds, make in (
        (qt.QMessageBox, ("information", "question", "warning", "critical"), message_box),
        (
            qt.QFileDialog,
            ("getOpenFileName", "getSaveFileName", "getExistingDirectory", "getOpenFileNames"),
            file_dialog,
        ),
        (qt.QInputDialog, tuple(INPUTS), input_dialog),
    ):
        for kind in kinds:
            setattr(cls, kind, static(f"{cls.__name__}.{kind}", make(kind, getattr(cls, kind))))
    for cls in (qt.QDialog, qt.QMessageBox, qt.QMenu):
        cls.exec_ = cls.exec = executed(cls.__name__, cls.exec)
    qt.QDesktopServices.openUrl = staticmethod(open_url(qt.QDesktopServices.openUrl))


def static(name: str, shown: Callable[..., Any]) -> Any:
    """A static function as PythonQt calls it: by position, with a widget or None as the parent."""

    def called(*arguments: Any, **keywords: Any) -> Any:
        refuse_keywords(name, keywords)
        parent = arguments[0] if arguments else None
        if parent is not None and not isinstance(parent, QtWidgets.QWidget):
            raise ValueError(f"{name}: the parent must be a widget or None, not {parent!r}")
        return shown(*arguments)

    return staticmethod(called)


def ask(kind: str, text: str, title: str, default: Any, detail: str = "") -> Any:
    """Record a dialog and answer it."""
    answer = records.answer(default)
    records.messages.append(Message(kind, text, title, detail, answer))
    return answer


def ask_for_button(kind: str, text: str, title: str, detail: str, buttons: Any) -> Any:
    """Record a question and answer it: True is the confirming button, False the other one."""
    answer = records.answer(True)
    if isinstance(answer, bool):
        candidates = CONFIRMING if answer else DECLINING
        offered = [b for b in candidates if buttons is not None and buttons & b]
        answer = offered[0] if offered else (BUTTON.Ok if answer else BUTTON.Cancel)
    records.messages.append(Message(kind, text, title, detail, answer))
    return answer


def message_box(kind: str, show: Callable[..., Any]) -> Callable[..., Any]:
    usual = BUTTON.Yes | BUTTON.No if kind == "question" else BUTTON.Ok

    def shown(parent: Any, title: str, text: str, buttons: Any = usual, *default: Any) -> Any:
        if interactive:
            return show(parent, title, text, buttons, *default)
        return ask_for_button(f"QMessageBox.{kind}", text, title, "", buttons)

    return shown


def file_dialog(kind: str, show: Callable[..., Any]) -> Callable[..., Any]:
    """PythonQt answers the path alone, and '' where the person cancelled."""
    several = kind.endswith("s")

    def shown(parent: Any = None, caption: str = "", *place: Any) -> Any:
        if not interactive:
            return ask(f"QFileDialog.{kind}", caption, caption, () if several else "")
        found = show(parent, caption, *place)
        return found if isinstance(found, str) else to_python(found[0])

    return shown


def input_dialog(kind: str, show: Callable[..., Any]) -> Callable[..., Any]:
    """PythonQt answers the value alone, and says in its `BoolResult` whether it was confirmed."""
    count = INPUTS[kind]

    def shown(parent: Any, title: str, label: str, *rest: Any) -> Any:
        values, confirmed = rest[:count], rest[count : count + 1]
        if not all(isinstance(entry, BoolResult) for entry in confirmed) or any(
            isinstance(entry, BoolResult) for entry in values
        ):
            raise ValueError(f"QInputDialog.{kind}: `ok`, a BoolResult, is argument {count + 4}")
        if interactive:
            value, ok = show(parent, title, label, *values)
        else:
            value = ask(f"QInputDialog.{kind}", label, title, None)
            ok = value is not None and value is not False
        for result in confirmed:
            result._value = bool(ok)
        return value if ok else unconfirmed(kind, values)

    return shown


def unconfirmed(kind: str, values: tuple[Any, ...]) -> Any:
    """What Qt answers where the person cancelled: the value that was offered, of a text none."""
    if kind == "getText":
        return ""
    if kind == "getItem":
        return values[0][values[1] if len(values) > 1 else 0]
    return values[0] if values else 0


def executed(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    def exec_(self: Any, *arguments: Any) -> Any:
        if interactive:
            return run(self, *arguments)
        title = getattr(self, "windowTitle", "")
        if name == "QMessageBox":
            return ask_for_button(name, self.text, title, self.detailedText, self.standardButtons)
        answer = ask(name, title, title, None if name == "QMenu" else 1)
        return int(answer) if isinstance(answer, bool) else answer

    return exec_


def open_url(run: Callable[..., Any]) -> Callable[..., bool]:
    def opened(url: Any) -> bool:
        if interactive:
            return bool(run(url))
        ask("QDesktopServices.openUrl", url.toString(), "", True)
        return True

    return opened
