"""The *Train* part of the panel: from a manifest to a model that Score can use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui import training_setup
from MotionQCLib.gui.interpreter import start_command
from MotionQCLib.gui.later import Later
from MotionQCLib.gui.manifest_check import ManifestCheck
from MotionQCLib.gui.run_view import RunView
from MotionQCLib.gui.train_form import TrainForm
from MotionQCLib.jobs.command import Command
from MotionQCLib.jobs.run_folder import RunFolder, RunState
from MotionQCLib.jobs.training_run import TrainingRun
from MotionQCLib.models.keeping import keep_model

_POLL_MS, _TYPING_MS = 200, 300


class TrainPanel:
    """Checks a manifest, runs a training, and hands its model on.

    A run belongs to its folder: it goes on when the scene closes, and is found again.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    use_model : callable
        Told the name of a model of the user's own that shall give the score.
    installed : callable
        Told that packages were installed, PyTorch perhaps among them.
    """

    def __init__(
        self, ui: Any, use_model: Callable[[str], None], installed: Callable[[], None]
    ) -> None:
        self._ui, self._use_model, self._tell_installed = ui, use_model, installed
        self.run = TrainingRun(_start)
        self.check = ManifestCheck(start_command)
        self._look = Later(_TYPING_MS, self._look_at_folder, restart=True)
        self.form = TrainForm(ui, self._look.request)
        self.view = RunView(ui)
        self._timer = qt.QTimer()
        self._timer.setInterval(_POLL_MS)
        self._timer.connect("timeout()", self._poll)
        self._dress()

    def connect(self, parameters: Any) -> None:
        """Take up a scene's ``MotionQCParameters``; find the run of the folder again."""
        self.form.connect(parameters)
        self.view.connect()
        self._look_at_folder()
        self.form.update()
        if self.run.running:
            self._ui.trainSection.collapsed = False

    def disconnect(self) -> None:
        """The scene goes; a run goes on."""
        self._look.cancel()
        self.view.disconnect()
        self.form.disconnect()

    def update(self) -> None:
        """A parameter has changed."""
        self.form.update()

    def close(self) -> None:
        """Have the run write a checkpoint and stop by itself; end everything else."""
        self._timer.stop()
        self._timer.disconnect("timeout()", self._poll)
        self.check.close()
        self.run.close()

    def _dress(self) -> None:
        ui = self._ui
        ui.checkLabel.visible = False
        ui.trainSetupRow.visible = False
        ui.checkButton.connect("clicked()", self._on_check)
        ui.trainButton.connect("clicked()", self._on_train)
        ui.newRunButton.connect("clicked()", self.form.choose_free_folder)
        ui.trainSetupButton.connect("clicked()", self._on_set_up)
        ui.useModelButton.connect("clicked()", self._on_use)
        ui.trainSection.connect("contentsCollapsed(bool)", self._on_folded)

    def _look_at_folder(self) -> None:
        """Say how the chosen folder stands, unless a run of one's own is under way."""
        run = self.run
        if not run.own:
            run.look_at(self.form.folder)
        if run.folder is not None and run.state is not RunState.NEW:
            self.form.show_run(run.folder.words(), over=run.state is RunState.COMPLETE)
        self._show()

    def _on_folded(self, folded: bool) -> None:
        if not folded:
            self._is_ready()

    def _is_ready(self) -> bool:
        """Whether this Slicer can train; else say what is in the way."""
        ui, obstacle = self._ui, training_setup.obstacle()
        missing = [] if obstacle else training_setup.missing()
        ui.trainSetupRow.visible = bool(obstacle or missing)
        ui.trainSetupButton.visible = bool(missing)
        ui.trainSetupLabel.text = obstacle
        if missing:
            ui.trainSetupLabel.text = _("Training needs {names}.").format(names=", ".join(missing))
        return not (obstacle or missing)

    def _on_set_up(self) -> None:
        try:
            training_setup.install()
        except InputError as error:
            self._ui.trainSetupLabel.text = error.message
            return
        self._is_ready()
        self._tell_installed()

    def _on_check(self) -> None:
        if self.check.busy:
            self.check.close()
            self._show()
            self.view.say(_("Stopped."))
            return
        manifest = self.form.manifest
        if not self._is_ready():
            return
        if manifest is None:
            self.view.say(_("Choose a manifest: a table (.tsv) that lists scans."))
            return
        try:
            self.check.begin(manifest)
        except OSError as error:
            self.view.say(_cannot_start(error))
            return
        self._ui.checkLabel.visible = False
        self._show()

    def _on_train(self) -> None:
        if self.run.running:
            self.run.stop()
        elif self._is_ready():
            try:
                self._begin()
            except InputError as error:
                self.view.say(error.message)
                return
            except OSError as error:
                self.view.say(_cannot_start(error))
                return
        self._show()

    def _begin(self) -> None:
        """Begin what the form says, or go on with the run of the folder."""
        state = self._look_again()
        if state is RunState.COMPLETE:
            self.form.choose_free_folder()
            state = self._look_again()
        if state in (RunState.RUNNING, RunState.FOREIGN):
            raise InputError("folder", _("Choose a folder in which no other run is."))
        if state is RunState.UNFINISHED:
            assert self.run.folder is not None
            self.run.begin(self.run.folder.words())
        else:
            self.run.begin(self.form.words())

    def _look_again(self) -> RunState:
        self._look.cancel()
        self.run.look_at(self.form.folder)
        return self.run.state

    def _on_use(self) -> None:
        assert self.run.folder is not None
        made = Path(str(self.run.folder.last_session().get("model", "")))
        try:
            name = keep_model(made, self.form.name)
        except InputError as error:
            self.view.say(error.message)
            return
        self._use_model(name)
        self.form.list_bases()
        self.view.say(_("“{name}” is now the model chosen under Score.").format(name=name))

    def _poll(self) -> None:
        if self.check.busy:
            self._poll_check()
        if self.run.poll():
            self._show()
        elif self.check.busy:
            self.view.say(self.check.line)

    def _poll_check(self) -> None:
        found = self.check.poll()
        if found is None:
            return
        text, fault = found
        self._show()
        self._ui.checkLabel.visible = bool(text)
        self._ui.checkLabel.text = text
        if fault:
            self.view.say(fault)

    def _show(self) -> None:
        """Show how everything stands, and listen while something runs."""
        ui, run = self._ui, self.run
        self.view.show(run)
        unfinished = run.state is RunState.UNFINISHED
        ui.trainButton.text = _button_text(run)
        ui.trainButton.enabled = not run.stopping or run.own
        ui.newRunButton.visible = unfinished
        ui.trainFolder.enabled = not run.running or not run.own
        ui.checkButton.text = _("Stop") if self.check.busy else _("Check")
        self.form.set_editable(not run.running and not unfinished)
        if run.running or self.check.busy:
            self._timer.start()
        else:
            self._timer.stop()


def _start(folder: RunFolder, words: Sequence[str]) -> Command:
    return start_command(str(folder.path), words, folder.events, folder.errors)


def _button_text(run: TrainingRun) -> str:
    if run.stopping:
        return _("Stop at once") if run.own else _("Stopping …")
    if run.running:
        return _("Stop")
    return _("Resume") if run.state is RunState.UNFINISHED else _("Start")


def _cannot_start(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    where = f"{error.filename}: " if error.filename else ""
    return _("{where}{reason}; training could not begin.").format(where=where, reason=reason)
