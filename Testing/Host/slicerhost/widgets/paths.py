"""Paths: ctkPathLineEdit and ctkDirectoryButton."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtWidgets

from slicerhost.pythonqt.signals import HostSignal
from slicerhost.widgets.stand_in import in_a_row, only_parent, stand_in, stored


@stand_in
class ctkPathLineEdit(QtWidgets.QWidget):
    """A line for a path, with a button that browses. Its enumerators are QDir's filters."""

    currentPathChanged = HostSignal("currentPathChanged(QString)")
    validInputChanged = HostSignal("validInputChanged(bool)")

    Dirs, Files, Drives, NoSymLinks = 0x001, 0x002, 0x004, 0x008
    Readable, Writable, Executable, Hidden = 0x010, 0x020, 0x040, 0x100
    NoDot, NoDotDot, NoDotAndDotDot = 0x2000, 0x4000, 0x6000

    filters = stored(int, "filters", 0x0 | 0x002 | 0x6000)
    nameFilters = stored("QStringList", "nameFilters", [])
    label = stored(str, "label", "")
    settingKey = stored(str, "settingKey", "")
    showHistoryButton = stored(bool, "showHistoryButton", True)
    showBrowseButton = stored(
        bool, "showBrowseButton", True, lambda self: self._browse.setVisible(self.showBrowseButton)
    )

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))
        self._line = QtWidgets.QLineEdit()
        self._browse = QtWidgets.QToolButton()
        self._browse.setText("...")
        in_a_row(self, self._line, self._browse)
        self._line.connect("textChanged(QString)", lambda t: self.currentPathChanged.emit(t))
        self._browse.connect("clicked()", self.browse)

    def _get_path(self) -> str:
        return self._line.text

    def setCurrentPath(self, path: str) -> None:
        self._line.setText(path)

    currentPath = QtCore.Property(str, _get_path, setCurrentPath)

    def browse(self) -> None:
        dialog = QtWidgets.QFileDialog
        if self.filters & self.Dirs and not self.filters & self.Files:
            path = dialog.getExistingDirectory(self, self.label, self.currentPath)
        elif self.filters & self.Writable:
            path = dialog.getSaveFileName(self, self.label, self.currentPath)
        else:
            path = dialog.getOpenFileName(self, self.label, self.currentPath)
        if path:
            self.setCurrentPath(str(path))


@stand_in
class ctkDirectoryButton(QtWidgets.QWidget):
    """A button that shows a folder, or `text` in its place, and lets one choose another."""

    directoryChanged = HostSignal("directoryChanged(QString)")
    directorySelected = HostSignal("directorySelected(QString)")

    caption = stored(str, "caption", "Select directory ...")

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))
        self._directory = str(Path.cwd())
        self._button = QtWidgets.QPushButton(self._directory)
        in_a_row(self, self._button)
        self._button.connect("clicked()", self.browse)

    def _get_directory(self) -> str:
        return self._directory

    def _set_directory(self, directory: str) -> None:
        absolute = QtCore.QDir(directory).absolutePath()
        changed, self._directory = absolute != self._directory, absolute
        self._label()
        self.directorySelected.emit(absolute)
        if changed:
            self.directoryChanged.emit(absolute)

    directory = QtCore.Property(str, _get_directory, _set_directory)
    text = stored(str, "text", "", lambda self: self._label())

    def _label(self) -> None:
        self._button.setText(self.text or self._directory)

    def browse(self) -> None:
        dialog = QtWidgets.QFileDialog
        chosen = dialog.getExistingDirectory(self, self.caption, self._directory)
        if chosen:
            self.directory = str(chosen)
