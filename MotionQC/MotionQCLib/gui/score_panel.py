"""The *Score* part of the panel: one button, one answer, and what it rests on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.applying import recipe_of
from MotionQCLib.gui.arrivals import Arrivals
from MotionQCLib.gui.distribution_chart import DistributionChart
from MotionQCLib.gui.model_list import card_of, usable_models
from MotionQCLib.gui.report_file import write_report
from MotionQCLib.gui.result_view import ResultView
from MotionQCLib.gui.score_table import ScoreTable
from MotionQCLib.gui.scoring import Scoring
from MotionQCLib.gui.visual_scale import VisualScale
from MotionQCLib.jobs import Failure, JobClient, Listener
from MotionQCLib.models import DEFAULT_MODEL, ModelEntry

RESULT = "MotionQC.Result"
"""Attribute of a volume that holds, as JSON, what it last scored."""
HELD_OUT = "held-out subjects"
"""The row of an evaluation that repeats the sources' own scans together."""


class ScorePanel:
    """Scores the chosen scan, or another node on request, and shows the result.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    client : JobClient
        Runs the jobs.
    begun : callable
        Told when a job has begun.
    """

    def __init__(self, ui: Any, client: JobClient, begun: Callable[[], None]) -> None:
        self._ui = ui
        self._parameters: Any = None
        self._usable = False
        self._details = ""
        self._scored: Any = None
        self._result: Mapping[str, Any] | None = None
        self._models: list[ModelEntry] = []
        self.scoring = Scoring(client, begun)
        self.table = ScoreTable()
        self.view = ResultView(ui)
        self._chart: DistributionChart | None = None
        self.scale = VisualScale()
        self._arrivals = Arrivals(self._score_arrival)
        self._plot = slicer.qMRMLPlotView()
        self._rows = slicer.qMRMLTableView()
        self._dress()

    def connect(self, parameters: Any) -> None:
        """Show the scores and choices of a scene's ``MotionQCParameters``."""
        self._parameters = parameters
        self._fill_models(parameters.model)
        self._plot.setMRMLScene(slicer.mrmlScene)
        self._rows.setMRMLScene(slicer.mrmlScene)
        self._chart = DistributionChart()
        self._plot.setMRMLPlotViewNode(self._chart.view)
        self._arrivals.listen()
        self._show_history()
        self._set_busy(False)

    def disconnect(self) -> None:
        """End the job, if one runs, and drop what belongs to the scene."""
        self._arrivals.ignore()
        self.scoring.abandon()
        self._set_busy(False)
        self.scale.close()
        self._forget()
        self._parameters = None
        self._rows.setMRMLTableNode(None)
        self._plot.setMRMLPlotViewNode(None)
        if self._chart is not None:
            self._chart.close()
            self._chart = None

    def set_scan(self, node: Any, usable: bool) -> None:
        """Another volume was chosen: show the result that it carries, if it carries one."""
        self._usable = usable
        result = stored_result(node)
        if result is not None:
            self._show(node, result)
        elif self._scored is not None and node is not self._scored:
            self._forget()
        self._set_busy(self.scoring.busy)

    def refresh(self) -> None:
        """Nodes came with a scene that was loaded."""
        self._show_history()

    def start_on(self, node: Any) -> None:
        """Score a node of the scene."""
        if self._parameters is None or self.scoring.busy:
            return
        self._say("")
        listener = Listener(
            lambda result: self._finish(node, result), self._fail, self._stopped, self._stage
        )
        try:
            model = self.model_path()
            self.scoring.start(node, model, self._parameters.device.value, listener)
        except InputError as error:
            self._fail(Failure(error.code, error.message))
            return
        # A job that could not even begin has told its listener already.
        if self.scoring.busy:
            self._set_busy(True)

    def _dress(self) -> None:
        ui = self._ui
        self._plot.setMinimumHeight(190)
        ui.plotFrame.layout().addWidget(self._plot)
        self._rows.setMinimumHeight(120)
        ui.tableFrame.layout().addWidget(self._rows)
        ui.scoreProgress.visible = False
        ui.scoreButton.connect("clicked()", self._on_score)
        ui.scoreDetailsButton.connect("clicked()", self._on_details)
        ui.modelSelector.connect("currentIndexChanged(int)", self._on_model)
        ui.modelCardButton.connect("clicked()", self._on_card)
        ui.compareButton.connect("clicked()", self._on_compare)
        ui.reportButton.connect("clicked()", self._on_report)
        ui.copyButton.connect("clicked()", self._on_copy)
        ui.csvButton.connect("clicked()", self._on_csv)
        ui.exportButton.connect("clicked()", self._on_export)
        self._say("")

    def _on_score(self) -> None:
        if self.scoring.busy:
            self._ui.scoreButton.enabled = False
            self._say(_("Stopping …"))
            self.scoring.stop()
        elif self._parameters is not None and self._parameters.scan is not None:
            self.start_on(self._parameters.scan)

    def _stage(self, stage: str, done: float | None) -> None:
        # A bar without an end shows no text of its own.
        self._say(_(stage).capitalize() + " …")

    def _finish(self, node: Any, result: Mapping[str, Any]) -> None:
        self._set_busy(False)
        self._say("")
        if self._parameters is None or node.GetScene() is None:
            return
        node.SetAttribute(RESULT, json.dumps(result))
        self.table.add(node, result)
        self._show(node, result)
        self._show_history()

    def _show(self, node: Any, result: Mapping[str, Any]) -> None:
        self._scored, self._result = node, result
        self.view.show(node.GetName(), result, recipe_of(node))
        assert self._chart is not None
        self._chart.show(result, self._reference_scores())
        self._plot.fitToContent()
        self._set_busy(False)

    def _forget(self) -> None:
        self._result = self._scored = None
        self.view.clear()

    def _fail(self, failure: Failure) -> None:
        self._set_busy(False)
        self._say(failure.message, failure.details)

    def _stopped(self) -> None:
        self._set_busy(False)
        self._say(_("Stopped."))

    def _say(self, message: str, details: str = "") -> None:
        self._details = details
        self._ui.scoreMessage.text = message
        self._ui.scoreMessage.visible = bool(message)
        self._ui.scoreDetailsButton.visible = bool(details)

    def _set_busy(self, busy: bool) -> None:
        ui = self._ui
        ui.scoreButton.text = _("Stop") if busy else _("Score scan")
        ui.scoreButton.enabled = busy or self._usable
        ui.scoreProgress.visible = busy
        ui.modelSelector.enabled = not busy
        shown = self._result is not None
        ui.compareButton.enabled = shown
        ui.reportButton.enabled = shown

    def _score_arrival(self, node: Any) -> None:
        """Score a volume that has just been loaded, if the user wants that."""
        wanted = self._parameters is not None and self._parameters.score_new_scans
        if wanted and not self.scoring.busy:
            self._parameters.scan = node
            self.start_on(node)

    def _fill_models(self, wanted: str) -> None:
        self._models = usable_models()
        names = [entry.name for entry in self._models]
        selector = self._ui.modelSelector
        selector.blockSignals(True)
        selector.clear()
        for entry in self._models:
            damaged = _(" (damaged)") if entry.metadata is None else ""
            selector.addItem(entry.name + damaged)
        chosen = wanted if wanted in names else DEFAULT_MODEL
        selector.currentIndex = names.index(chosen) if chosen in names else 0
        selector.blockSignals(False)

    def _model(self) -> ModelEntry:
        index = self._ui.modelSelector.currentIndex
        if not 0 <= index < len(self._models):
            raise InputError("model-missing", _("There is no model; reinstall the extension."))
        return self._models[index]

    def model_path(self) -> str:
        """Return the file of the chosen model.

        Raises
        ------
        InputError
            There is none, or it is damaged.
        """
        entry = self._model()
        if entry.metadata is None:
            raise InputError("model-damaged", f"{entry.name}: {entry.problem}")
        return str(entry.path)

    def _reference_scores(self) -> dict[str, list[float]]:
        """Scores of unmodified scans that the model has not seen, by source."""
        metadata = self._model().metadata
        tested = metadata.metrics.get("test", {}).get("model", {}) if metadata is not None else {}
        return {
            source: [float(value) for value in figures["still_mm"]]
            for source, figures in tested.items()
            if figures.get("still_mm") and source != HELD_OUT
        }

    def _on_model(self, index: int) -> None:
        if self._parameters is not None and 0 <= index < len(self._models):
            self._parameters.model = self._models[index].name

    def _on_card(self) -> None:
        entry = self._model()
        slicer.util.infoDisplay(card_of(entry), windowTitle=entry.name)

    def _on_details(self) -> None:
        slicer.util.infoDisplay(self._details, windowTitle=_("Details"))

    def _on_compare(self) -> None:
        if self._scored is not None:
            self.scale.open(self._scored)

    def _on_report(self) -> None:
        node, result = self._scored, self._result
        if node is None or result is None:
            return
        path = _ask_file(_("Save report"), f"{node.GetName()}_motionqc.html", "*.html")
        if path is not None:
            self._write(path, lambda: write_report(path, node, result))

    def _on_copy(self) -> None:
        qt.QApplication.clipboard().setText(self.table.to_csv())

    def _on_csv(self) -> None:
        path = _ask_file(_("Save scores"), "motionqc_scores.csv", "*.csv")
        if path is not None:
            self._write(path, lambda: path.write_text(self.table.to_csv(), encoding="utf-8"))

    def _on_export(self) -> None:
        path = _ask_file(_("Export for training"), "motionqc_manifest.tsv", "*.tsv")
        if path is None:
            return
        text, left_out = self.table.to_manifest()
        if self._write(path, lambda: path.write_text(text, encoding="utf-8")) and left_out:
            self._say(
                _(
                    "{count} scans were left out: they have no rating or no file of their own."
                ).format(count=left_out)
            )

    def _write(self, path: Path, act: Callable[[], object]) -> bool:
        try:
            act()
        except (OSError, InputError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._say(_("{name} could not be written: {reason}.").format(
                name=path.name, reason=reason
            ))  # fmt: skip
            return False
        self._say(_("Saved {name}.").format(name=path.name))
        return True

    def _show_history(self) -> None:
        table = self.table.find()
        self._rows.setMRMLTableNode(table)
        there = table is not None
        for button in (self._ui.copyButton, self._ui.csvButton, self._ui.exportButton):
            button.enabled = there


def stored_result(node: Any) -> dict[str, Any] | None:
    """Return what a volume last scored, or None."""
    text = node.GetAttribute(RESULT) if node is not None else None
    return json.loads(text) if text else None


def _ask_file(title: str, name: str, pattern: str) -> Path | None:
    chosen = qt.QFileDialog.getSaveFileName(None, title, name, pattern)
    return Path(chosen) if chosen else None
