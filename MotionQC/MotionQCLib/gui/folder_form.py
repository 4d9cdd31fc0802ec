"""The inputs of *Score a folder*: where the scans are, and where their reports go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.app_settings import keep, kept
from MotionQCLib.gui.path_line import path_of

_BESIDE = "-motionqc"
_FOLDER, _OUTPUT = "ScoreFolder", "ScoreFolderOutput"


class FolderForm:
    """Reads and fills the two lines; folders tend to carry names, so no scene keeps them.

    Parameters
    ----------
    folder, output : ctkPathLineEdit
        Of the panel.
    """

    def __init__(self, folder: Any, output: Any) -> None:
        self._folder, self._output = folder, output
        folder.currentPath = kept(_FOLDER)
        self._filled = self._suggestion()
        output.currentPath = kept(_OUTPUT) or self._filled
        folder.connect("currentPathChanged(QString)", self._on_folder)
        output.connect("currentPathChanged(QString)", self._on_output)

    @property
    def output(self) -> Path | None:
        """Where reports go, or None."""
        return path_of(self._output)

    def folders(self) -> tuple[Path, Path]:
        """Return where the scans are, and where their reports go.

        Raises
        ------
        InputError
            There is no such folder, or none for the reports is named.
        """
        folder, output = path_of(self._folder), self.output
        if folder is None or not folder.is_dir():
            raise InputError("folder", _("Choose a folder with scans."))
        if output is None:
            raise InputError("output", _("Choose a folder for the reports."))
        return folder, output

    def set_enabled(self, enabled: bool) -> None:
        """Whether other folders may be chosen."""
        self._folder.enabled = self._output.enabled = enabled

    def _on_folder(self, path: str) -> None:
        keep(_FOLDER, path)
        suggestion = self._suggestion()
        if self._output.currentPath in ("", self._filled):
            self._filled = self._output.currentPath = suggestion

    def _on_output(self, path: str) -> None:
        keep(_OUTPUT, path)

    def _suggestion(self) -> str:
        """Beside the scans: what is written into a DICOM folder would become part of it."""
        folder = path_of(self._folder)
        return str(folder.with_name(folder.name + _BESIDE)) if folder and folder.name else ""
