"""The *Score* part of the panel: one scan or all of the scene, and what the answer rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.applying import recipe_of
from MotionQCLib.gui.arrivals import Arrivals
from MotionQCLib.gui.chart_view import ChartView
from MotionQCLib.gui.distribution_chart import DistributionChart
from MotionQCLib.gui.interpreter import ensure_scoring_packages
from MotionQCLib.gui.message_line import MessageLine
from MotionQCLib.gui.model_choice import ModelChoice
from MotionQCLib.gui.result_view import ResultView
from MotionQCLib.gui.scan_volume import describe
from MotionQCLib.gui.scans_of_scene import scans_of_scene
from MotionQCLib.gui.score_files import save_manifest, save_report, save_scores
from MotionQCLib.gui.score_table import ScoreTable
from MotionQCLib.gui.scoring import Scoring, ScoringChoices
from MotionQCLib.gui.scoring_round import RoundListener, ScoringRound
from MotionQCLib.gui.site_limits_choice import SiteLimitsChoice
from MotionQCLib.gui.stored_result import store_result, stored_result
from MotionQCLib.gui.visual_scale import VisualScale
from MotionQCLib.jobs import Failure, JobClient


class ScorePanel:
    """Scores the chosen scan, all of the scene, or another node on request; shows the result.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    client : JobClient
        Runs the jobs.
    begun : callable
        Told when a job has begun.
    scored : callable
        Told when a volume has a new score.
    """

    def __init__(
        self, ui: Any, client: JobClient, begun: Callable[[], None], scored: Callable[[], None]
    ) -> None:
        self._ui, self._tell_scored = ui, scored
        self._parameters: Any = None
        self._usable = False
        self._scored: Any = None
        self._result: Mapping[str, Any] | None = None
        self._only_chosen = False
        self.models = ModelChoice(ui.modelSelector, ui.modelCardButton)
        self.site_limits = SiteLimitsChoice(ui.siteLimitsPath, ui.siteLimitsLabel)
        self._line = MessageLine(ui.scoreMessage, ui.scoreDetailsButton)
        self.scoring = Scoring(client, begun)
        self._round = ScoringRound(
            self.scoring,
            self.choices,
            RoundListener(self._on_changed, self._on_scored, self._on_failed, self._line.say),
        )
        self.table = ScoreTable()
        self.view = ResultView(ui)
        self._chart: DistributionChart | None = None
        self.scale = VisualScale()
        self._arrivals = Arrivals(self._score_arrival)
        self._plot = ChartView(ui.plotFrame)
        self._rows = slicer.qMRMLTableView()
        self._dress()

    def connect(self, parameters: Any) -> None:
        """Show the scores and choices of a scene's ``MotionQCParameters``."""
        self._parameters = parameters
        self._line.say(self.models.connect(parameters))
        self.site_limits.connect(parameters)
        self.update()
        self._rows.setMRMLScene(slicer.mrmlScene)
        self._chart = DistributionChart()
        self._plot.connect(self._chart)
        self._arrivals.listen()
        self._show_history()
        self._set_busy(False)

    def disconnect(self) -> None:
        """End the job, if one runs, and drop what belongs to the scene."""
        self._arrivals.ignore()
        self._round.abandon()
        self._set_busy(False)
        self.scale.close()
        self._forget()
        self._parameters = None
        self.models.disconnect()
        self.site_limits.disconnect()
        self._rows.setMRMLTableNode(None)
        self._plot.disconnect()
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
        """Nodes and choices came with a scene that was loaded."""
        if self._parameters is not None:
            self._line.say(self.models.connect(self._parameters))
            self.update()
        self._show_history()

    def update(self) -> None:
        """A choice has changed: say what the site limits are."""
        try:
            metadata = self.models.entry().metadata
        except InputError:
            metadata = None
        self.site_limits.update(metadata)

    def start_on(self, node: Any) -> None:
        """Score a node of the scene, after those that wait already."""
        if self._parameters is None:
            return
        self._round.add(node)

    def choices(self) -> ScoringChoices:
        """Return how the user wants scans to be scored.

        Raises
        ------
        InputError
            There is no such model, or it is damaged.
        """
        return ScoringChoices(
            self.models.path(), self._parameters.device.value, self.site_limits.path()
        )

    def take_up(self, node: Any, result: Mapping[str, Any] | None) -> None:
        """Choose a volume that was scored elsewhere, and keep what it scored if it did."""
        if result is not None and stored_result(node) is None:
            store_result(node, result)
            self.table.add(node, result)
            self._show_history()
            self._tell_scored()
        self._parameters.scan = node

    def _dress(self) -> None:
        ui = self._ui
        self._rows.setMinimumHeight(120)
        ui.tableFrame.layout().addWidget(self._rows)
        ui.scoreProgress.visible = False
        ui.scoreButton.connect("clicked()", self._on_score)
        ui.scoreAllButton.connect("clicked()", self._on_score_all)
        ui.compareButton.connect("clicked()", self._on_compare)
        ui.reportButton.connect("clicked()", self._on_report)
        ui.copyButton.connect("clicked()", self._on_copy)
        ui.csvButton.connect("clicked()", self._on_csv)
        ui.exportButton.connect("clicked()", self._on_export)

    def _on_score(self) -> None:
        if self.scoring.busy:
            self._ui.scoreButton.enabled = False
            self._line.say(_("Stopping …"))
            self._round.stop()
        elif self._parameters is not None and self._parameters.scan is not None:
            self.start_on(self._parameters.scan)

    def _on_score_all(self) -> None:
        """Score every scan of the scene; the packages that it takes are asked for once, before."""
        nodes = scans_of_scene()
        if self._parameters is None:
            return
        if not nodes:
            self._line.say(_("There is no volume to score in this scene."))
            return
        try:
            ensure_scoring_packages()
        except InputError as error:
            self._line.say(error.message)
            return
        self._ui.historyGroup.collapsed = False
        self._only_chosen = True
        self._round.add(*nodes)

    def _on_changed(self) -> None:
        busy = self.scoring.busy
        self._only_chosen = self._only_chosen and busy
        self._set_busy(busy)

    def _on_scored(self, node: Any, result: Mapping[str, Any]) -> None:
        store_result(node, result)
        self.table.add(node, result)
        # Of all volumes of a scene only the chosen one's result would be taken for what it is.
        if not self._only_chosen or node is self._parameters.scan:
            self._show(node, result)
        self._show_history()
        self._tell_scored()

    def _on_failed(self, node: Any, failure: Failure) -> None:
        self.table.add_failure(node, failure.message)
        self._show_history()

    def _show(self, node: Any, result: Mapping[str, Any]) -> None:
        self._scored, self._result = node, result
        self.view.show(node.GetName(), result, recipe_of(node))
        assert self._chart is not None
        self._chart.draw(result, self.models.reference_scores())
        self._plot.follow(self._chart)
        self._set_busy(False)

    def _forget(self) -> None:
        self._result = self._scored = None
        self.view.clear()

    def _set_busy(self, busy: bool) -> None:
        ui = self._ui
        ui.scoreButton.text = _("Stop") if busy else _("Score scan")
        ui.scoreButton.enabled = busy or self._usable
        ui.scoreAllButton.enabled = not busy
        ui.scoreProgress.visible = busy
        self._show_progress()
        self.models.set_enabled(not busy)
        self.site_limits.set_enabled(not busy)
        shown = self._result is not None
        ui.compareButton.enabled = shown
        ui.reportButton.enabled = shown

    def _show_progress(self) -> None:
        """A single scan says what is done to it; of a round, how far it is."""
        if self._round.several:
            self._round.pace.show_on(self._ui.scoreProgress)
        else:
            self._ui.scoreProgress.maximum = 0

    def _score_arrival(self, node: Any) -> None:
        """Score a head that has just been loaded, if the user wants that."""
        if self._parameters is None or not self._parameters.score_new_scans:
            return
        if stored_result(node) is not None:
            return  # of a folder's table, with its score
        if describe(node).head:
            if not self.scoring.busy:
                self._parameters.scan = node
            self.start_on(node)

    def _on_compare(self) -> None:
        try:
            self.scale.open(self._scored)
        except InputError as error:
            self._line.say(error.message)

    def _on_report(self) -> None:
        if self._scored is not None and self._result is not None:
            save_report(self._scored, self._result, self._line.say)

    def _on_copy(self) -> None:
        qt.QApplication.clipboard().setText(self.table.to_csv())

    def _on_csv(self) -> None:
        save_scores(self.table, self._line.say)

    def _on_export(self) -> None:
        save_manifest(self.table, self._line.say)

    def _show_history(self) -> None:
        table = self.table.find()
        self._rows.setMRMLTableNode(table)
        there = table is not None
        for button in (self._ui.copyButton, self._ui.csvButton, self._ui.exportButton):
            button.enabled = there
