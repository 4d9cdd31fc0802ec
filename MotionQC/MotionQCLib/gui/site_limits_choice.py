"""The line that names a file of site limits, and what that file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.path_line import path_of
from MotionQCLib.models import ModelMetadata, SiteLimits, load_site_limits


class SiteLimitsChoice:
    """Keeps the line and the scene's parameters in step.

    Parameters
    ----------
    line, note : widgets
        Of the panel: where the file is named, and where it is said what it holds.
    """

    def __init__(self, line: Any, note: Any) -> None:
        self._line, self._note = line, note
        self._parameters: Any = None
        self._told: tuple[Any, ...] | None = None
        line.connect("currentPathChanged(QString)", self._on_path)

    def connect(self, parameters: Any) -> None:
        """Name the file of a scene's ``MotionQCParameters``."""
        self._parameters = None  # what the line says while it is filled is no choice
        self._line.currentPath = parameters.site_limits
        self._parameters = parameters

    def disconnect(self) -> None:
        """Forget the scene's parameters."""
        self._parameters = self._told = None

    def set_enabled(self, enabled: bool) -> None:
        """Whether another file may be chosen."""
        self._line.enabled = enabled

    def path(self) -> str:
        """Return the chosen file, or nothing; whether it can be used is found when it is read."""
        return str(path_of(self._line) or "")

    def update(self, metadata: ModelMetadata | None) -> None:
        """Say what the chosen file holds, and whether it is for the chosen model."""
        if self._parameters is None:
            return
        if self._line.currentPath != self._parameters.site_limits:
            self.connect(self._parameters)
        path = self.path()
        state = (path, _stamp(path), metadata.sha256 if metadata is not None else "")
        if state != self._told:
            self._told = state
            self._note.text = _described(path, metadata) if path else ""
            self._note.visible = bool(path)

    def _on_path(self, path: str) -> None:
        if self._parameters is not None:
            self._parameters.site_limits = path


def _stamp(path: str) -> tuple[int, int] | None:
    """What tells a file from one that was there before."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


def _described(path: str, metadata: ModelMetadata | None) -> str:
    try:
        site = load_site_limits(path)
        if metadata is not None:
            site.require_model(metadata)
    except InputError as error:
        return error.message
    reference = _("{scans} scans of {subjects} subjects").format(
        scans=site.scans, subjects=site.subjects
    )
    return f"{_classes(site)}; {reference}."


def _classes(site: SiteLimits) -> str:
    if site.limits is None:
        return _("No limits, the model's classes are kept: {reason}").format(
            reason=site.without_limits
        )
    return _("Classes {names}, limits {limits} mm").format(
        names=", ".join(item.name for item in site.classes),
        limits=", ".join(f"{mm:.2f}" for mm in site.limits.mm),
    )
