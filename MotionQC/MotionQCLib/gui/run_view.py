"""A training run on the screen: how far it is, its curves, what it says, what it made."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.gui.message_line import MessageLine
from MotionQCLib.gui.run_charts import RunCharts
from MotionQCLib.gui.run_result import result_text
from MotionQCLib.gui.time_left import time_left
from MotionQCLib.jobs.run_folder import RunState
from MotionQCLib.jobs.run_log import RunLog
from MotionQCLib.jobs.training_run import TrainingRun


class RunView:
    """The widgets that show a run.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._line = MessageLine(ui.trainMessage, ui.trainDetailsButton)
        self._charts = RunCharts(ui.trainPlotFrame)
        self._has_scene = False
        ui.trainProgress.visible = False
        ui.trainResultFrame.visible = False

    def connect(self) -> None:
        """There is a scene to draw in."""
        self._has_scene = True

    def disconnect(self) -> None:
        """The scene goes, and the charts with it; the run does not."""
        self._has_scene = False
        self._charts.close()

    def say(self, message: str, details: str = "") -> None:
        """Show a line in place of the run's own."""
        self._line.say(message, details)

    def show(self, run: TrainingRun) -> None:
        """Show how a run stands."""
        self._line.say(*_told(run))
        self._show_progress(run)
        if self._has_scene:
            progress = run.log.progress
            self._charts.show(run.log.figures, progress.steps if progress else _last_step(run.log))
        complete = run.state is RunState.COMPLETE and run.folder is not None
        self._ui.trainResultFrame.visible = complete
        if complete:
            assert run.folder is not None
            self._ui.trainResultLabel.text = result_text(run.folder.last_session())

    def _show_progress(self, run: TrainingRun) -> None:
        bar, progress = self._ui.trainProgress, run.log.progress
        bar.visible = run.running
        if progress is None:
            bar.maximum = 0
            return
        bar.maximum = max(progress.steps, 1)
        bar.value = progress.step
        bar.format = _("step {step} of {steps}{left}").format(
            step=progress.step, steps=progress.steps, left=time_left(progress.eta_s)
        )


def _told(run: TrainingRun) -> tuple[str, str]:
    """The line that says how a run stands, and its details."""
    if run.folder is None or run.state is RunState.NEW:
        return "", ""
    details = "\n".join(filter(None, [run.log.lines, run.folder.last_errors()]))
    if run.running:
        return _of_running(run), details
    if run.state is RunState.COMPLETE:
        return _("Finished. What was made lies in the run folder."), details
    if run.state is RunState.FOREIGN:
        return _(
            "This folder holds a run that was begun from a shell: go on with it there, or choose "
            "another folder."
        ), ""
    return _of_unfinished(run), details


def _of_running(run: TrainingRun) -> str:
    if run.stopping:
        return _("Stopping: the step at hand is finished, and a checkpoint written …")
    line = run.log.line or _of_steps(run.log)
    return line if run.own else _("Begun from elsewhere: {line}").format(line=line)


def _of_steps(log: RunLog) -> str:
    if log.progress is None:
        return _("Starting …")
    told = [
        f"{title} {list(log.figures[name].values())[-1]:.2f}"
        for name, title in (("train_loss", _("loss")), ("val_r2", "R²"))
        if log.figures.get(name)
    ]
    return _("Training: {figures}").format(figures=", ".join(told)) if told else _("Training …")


def _of_unfinished(run: TrainingRun) -> str:
    end, step = run.log.end or {}, _last_step(run.log)
    if end.get("type") == "failed":
        return str(end.get("message", ""))
    if end.get("type") != "stopped" and run.status is not None:
        return _(
            "The training process ended before it was done (exit status {status}). Resume goes on "
            "from its last checkpoint; if memory is short, close other programs first."
        ).format(status=run.status)
    if step:
        return _("Stopped at step {step}. Resume goes on from the last checkpoint.").format(
            step=step
        )
    return _("Stopped. Resume goes on with what has been done.")


def _last_step(log: RunLog) -> int:
    if log.progress is not None:
        return log.progress.step
    return max((step for values in log.figures.values() for step in values), default=0)
