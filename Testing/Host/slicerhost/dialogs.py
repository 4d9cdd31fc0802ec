"""Modal dialogs: recorded, and answered by the test in place of a person.

With `interactive` they open for a person instead.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from slicerhost.records import Message, records

interactive = False


def install(qt: ModuleType) -> None:
    """Replace what would block in the classes of `qt`."""
    box = qt.QMessageBox
    for kind in ("information", "question", "warning", "critical"):
        setattr(box, kind, staticmethod(static_box(kind, getattr(box, kind), box)))
    for kind in ("getOpenFileName", "getSaveFileName", "getExistingDirectory", "getOpenFileNames"):
        setattr(
            qt.QFileDialog, kind, staticmethod(file_dialog(kind, getattr(qt.QFileDialog, kind)))
        )
    for kind in ("getText", "getDouble", "getInt", "getItem"):
        setattr(
            qt.QInputDialog, kind, staticmethod(input_dialog(kind, getattr(qt.QInputDialog, kind)))
        )
    for cls in (qt.QDialog, qt.QMessageBox, qt.QMenu):
        run = executed(cls.__name__, cls.exec)
        cls.exec_ = cls.exec = run
    qt.QDesktopServices.openUrl = staticmethod(open_url(qt.QDesktopServices.openUrl))


def ask(kind: str, text: str, title: str, default: Any, detail: str = "") -> Any:
    """Record a dialog and answer it."""
    answer = records.answer(default)
    records.messages.append(Message(kind, text, title, detail, answer))
    return answer


def static_box(kind: str, show: Callable[..., Any], box: Any) -> Callable[..., Any]:
    default = box.Yes if kind == "question" else box.Ok

    def shown(parent: Any, title: str, text: str, *buttons: Any) -> Any:
        if interactive:
            return show(parent, title, text, *buttons)
        return ask(f"QMessageBox.{kind}", text, title, default)

    return shown


def file_dialog(kind: str, show: Callable[..., Any]) -> Callable[..., Any]:
    """PythonQt answers the path alone, and '' where the person cancelled."""
    several = kind.endswith("s")

    def shown(parent: Any = None, caption: str = "", *place: Any) -> Any:
        if not interactive:
            return ask(f"QFileDialog.{kind}", caption, caption, () if several else "")
        found = show(parent, caption, *place)
        return found if isinstance(found, str) else found[0]

    return shown


def input_dialog(kind: str, show: Callable[..., Any]) -> Callable[..., Any]:
    """The last argument is PythonQt's `BoolResult`: whether the person confirmed."""

    def shown(parent: Any, title: str, label: str, *rest: Any) -> Any:
        *values, confirmed = rest or (None,)
        if interactive:
            value, ok = show(parent, title, label, *values)
        else:
            value = ask(f"QInputDialog.{kind}", label, title, None)
            ok = value is not None
        if hasattr(confirmed, "value"):
            confirmed.value = ok
        return ("" if kind in {"getText", "getItem"} else 0) if value is None else value

    return shown


def executed(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    def exec_(self: Any, *arguments: Any) -> Any:
        if interactive:
            return run(self, *arguments)
        title = getattr(self, "windowTitle", "")
        text = self.text if name == "QMessageBox" else title
        return ask(name, text, title, default_answer(self, name))

    return exec_


def default_answer(dialog: Any, name: str) -> Any:
    """What Enter would choose."""
    if name == "QMessageBox":
        return type(dialog).Ok
    return None if name == "QMenu" else 1


def open_url(run: Callable[..., Any]) -> Callable[..., bool]:
    def opened(url: Any) -> bool:
        if interactive:
            return bool(run(url))
        ask("QDesktopServices.openUrl", url.toString(), "", True)
        return True

    return opened
