"""The inputs of the *Train* part, and the command of the shell that they come to."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.app_settings import keep, kept
from MotionQCLib.gui.model_choice import ModelChoice
from MotionQCLib.gui.parameters import Device, Training
from MotionQCLib.gui.path_line import path_of
from MotionQCLib.models import ModelMetadata

PRESET = "motionqc"
DEFAULT_NAME = "my-model"
_ACCELERATORS = {Device.AUTO: "auto", Device.CPU: "cpu", Device.GPU: "gpu"}
_RUNS = "motionqc-runs"


class TrainForm:
    """Reads and fills the inputs.

    A run outlives the scene, so what leads to it is kept with the application: manifest, run
    folder, name and configuration. The other choices are the scene's, as everywhere.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    on_folder : callable
        Told when another run folder was named.
    """

    def __init__(self, ui: Any, on_folder: Callable[[], None]) -> None:
        self._ui, self._tell_folder = ui, on_folder
        self._parameters: Any = None
        self._bases = ModelChoice(ui.baseModelSelector, ui.baseModelCardButton, "base_model")
        self._lines = {
            "TrainManifest": ui.trainManifest,
            "TrainFolder": ui.trainFolder,
            "TrainConfig": ui.trainConfig,
        }
        for key, line in self._lines.items():
            line.currentPath = kept(key)
        ui.trainName.text = kept("TrainName") or DEFAULT_NAME
        self._suggested = self._filled = self._suggestion()
        ui.trainManifest.connect("currentPathChanged(QString)", self._on_manifest)
        ui.trainFolder.connect("currentPathChanged(QString)", self._on_folder)
        ui.trainConfig.connect("currentPathChanged(QString)", self._on_config)
        ui.trainName.connect("textChanged(QString)", self._on_name)

    def connect(self, parameters: Any) -> None:
        """Take up the choices of a scene's ``MotionQCParameters``."""
        self._parameters = parameters
        self.list_bases()

    def list_bases(self) -> None:
        """List the models to begin from, of which there may be more now."""
        self._bases.connect(self._parameters)

    def disconnect(self) -> None:
        """Forget the scene."""
        self._parameters = None
        self._bases.disconnect()

    def update(self) -> None:
        """A choice has changed: show what it needs, and suggest a folder for it."""
        finetuning = self.training is Training.FINETUNE
        ui = self._ui
        for widget in (ui.baseModelCaption, ui.baseModelRow, ui.ordinalCheck):
            widget.visible = finetuning
        for widget in (ui.trainingDeviceCaption, ui.trainingDeviceSelector):
            widget.visible = not finetuning
        for widget in (ui.lengthCaption, ui.lengthSelector):
            widget.visible = not finetuning
        self._suggest()

    @property
    def training(self) -> Training:
        """What is to be trained."""
        chosen = self._parameters.training if self._parameters is not None else None
        return chosen or Training.FINETUNE

    @property
    def manifest(self) -> Path | None:
        """The chosen manifest."""
        return path_of(self._ui.trainManifest)

    @property
    def folder(self) -> Path | None:
        """The chosen run folder."""
        return path_of(self._ui.trainFolder)

    @property
    def name(self) -> str:
        """What the model shall be called."""
        return str(self._ui.trainName.text).strip()

    def words(self) -> list[str]:
        """Return the command that trains what is chosen.

        Raises
        ------
        InputError
            Something is not chosen yet, or cannot be used.
        """
        manifest, folder = self.manifest, self.folder
        if manifest is None or not manifest.is_file():
            raise InputError("manifest", _("Choose a manifest: a table (.tsv) that lists scans."))
        if folder is None:
            raise InputError("folder", _("Choose a run folder: what is trained is written there."))
        try:
            ModelMetadata(self.name, "1")
        except ValueError as error:
            raise InputError(
                "name", _("Give the model a name of letters, digits, dots, - and _.")
            ) from error
        words = [self.training.value, "--config", self._ui.trainConfig.currentPath or PRESET]
        words += ["--data", str(manifest), "--output", str(folder), "--json"]
        words += ["--stop-file", str(folder / "stop")]
        own = (
            self._of_finetuning() if self.training is Training.FINETUNE else self._of_pretraining()
        )
        return [*words, *own]

    def set_editable(self, editable: bool) -> None:
        """Whether anything but the folder may be changed."""
        ui = self._ui
        for widget in (
            *(ui.trainManifest, ui.trainingSelector, ui.baseModelRow, ui.ordinalCheck),
            *(ui.trainingDeviceSelector, ui.lengthSelector, ui.trainConfig),
        ):
            widget.enabled = editable

    def show_run(self, words: Sequence[str], *, over: bool) -> None:
        """Show what a run trains that was begun earlier; ``over``: only what kind of run it was."""
        if not words:
            return
        if self._parameters is not None and words[0] in [each.value for each in Training]:
            self._parameters.training = Training(words[0])
        if over:
            return
        if manifest := _option(words, "--data"):
            self._ui.trainManifest.currentPath = manifest
        if name := _option(words, "--name"):
            self._ui.trainName.text = name

    def choose_free_folder(self) -> None:
        """Name a run folder that is not there yet, beside the one named."""
        folder = self.folder
        if folder is None:
            return
        stem, _dash, number = folder.name.rpartition("-")
        stem = stem if number.isdigit() and stem else folder.name
        count = 2
        while (free := folder.with_name(f"{stem}-{count}")).exists():
            count += 1
        if str(folder) == self._filled:
            self._filled = str(free)
        self._ui.trainFolder.currentPath = str(free)

    def _of_finetuning(self) -> list[str]:
        entry = self._bases.entry()
        if entry.metadata is None:
            raise InputError("model-damaged", f"{entry.name}: {entry.problem}")
        ordinal = ["--set", "ordinal=true"] if self._parameters.ordinal else []
        return ["--model", str(entry.path), "--name", self.name, *ordinal]

    def _of_pretraining(self) -> list[str]:
        # Slicer's Python is a launcher's, from which no workers can be spawned.
        words = ["--set", "workers=0"]
        steps = self._parameters.length.steps
        if steps is not None:
            words += ["--set", f"steps={steps}"]
        return [*words, "--accelerator", _ACCELERATORS[self._parameters.training_device]]

    def _on_manifest(self, path: str) -> None:
        keep("TrainManifest", path)
        self._suggest()

    def _on_folder(self, path: str) -> None:
        keep("TrainFolder", path)
        self._tell_folder()

    def _on_config(self, path: str) -> None:
        keep("TrainConfig", path)

    def _on_name(self, name: str) -> None:
        keep("TrainName", name)

    def _suggest(self) -> None:
        """Name a folder for what is trained now, unless the user has named one."""
        line, suggestion = self._ui.trainFolder, self._suggestion()
        if suggestion == self._suggested and line.currentPath:
            return
        self._suggested = suggestion
        if line.currentPath in ("", self._filled):
            self._filled = line.currentPath = suggestion

    def _suggestion(self) -> str:
        manifest = self.manifest
        if manifest is None or not manifest.is_file():
            return ""
        near = manifest.parent
        if not os.access(near, os.W_OK):
            documents = qt.QStandardPaths.DocumentsLocation
            near = Path(qt.QStandardPaths.writableLocation(documents))
        return str(near / _RUNS / f"{manifest.stem}-{self.training.value}")


def _option(words: Sequence[str], name: str) -> str:
    """Return the word after an option, or nothing."""
    after = dict(pairwise(words))
    return after.get(name, "")
