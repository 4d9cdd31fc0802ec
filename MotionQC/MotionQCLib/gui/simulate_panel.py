"""The *Simulate* part of the panel: choose a motion, see it at once, apply it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import qt
import slicer
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui import presets
from MotionQCLib.gui.applying import Applying
from MotionQCLib.gui.live_preview import LivePreview
from MotionQCLib.gui.motion_settings import origin_of, trajectory_of
from MotionQCLib.gui.parameters import LARGEST_SEED, PivotRule
from MotionQCLib.gui.pose_chart import PoseChart
from MotionQCLib.gui.presets import Preset
from MotionQCLib.jobs import Failure, JobClient
from MotionQCLib.motion import MotionScores


class SimulatePanel:
    """Previews and applies motion to the chosen scan.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    client : JobClient
        Runs the jobs.
    begun : callable
        Told when a job has begun.
    score : callable
        Scores a node, for *Score this preview*.
    """

    def __init__(
        self,
        ui: Any,
        client: JobClient,
        begun: Callable[[], None],
        score: Callable[[Any], None],
    ) -> None:
        self._ui = ui
        self._score = score
        self._parameters: Any = None
        self._usable = False
        self._score_after = False
        self._presets: list[Preset] = []
        self._chart: PoseChart | None = None
        self._plot = slicer.qMRMLPlotView()
        self.applying = Applying(client, begun)
        self.preview = LivePreview(self._show_scores, self._show_refined)
        self._dress()

    def connect(self, parameters: Any) -> None:
        """Show the motion of a scene's ``MotionQCParameters``."""
        self._parameters = parameters
        self._fill_presets()
        self._plot.setMRMLScene(slicer.mrmlScene)
        self._chart = PoseChart()
        self._plot.setMRMLPlotViewNode(self._chart.view)
        self.update()
        self._set_busy(False)

    def disconnect(self) -> None:
        """End the job, if one runs, give the views back, drop what belongs to the scene."""
        self.stop_preview()
        self.applying.abandon()
        self._set_busy(False)
        self._parameters = None
        self._plot.setMRMLPlotViewNode(None)
        if self._chart is not None:
            self._chart.close()
            self._chart = None

    def set_usable(self, usable: bool) -> None:
        """The chosen volume is another, and is, or is not, a scan."""
        self._usable = usable
        if self.preview.running:
            self.stop_preview()
        self._set_busy(self.applying.busy)

    def update(self) -> None:
        """The settings may have changed: show them."""
        parameters, ui = self._parameters, self._ui
        if parameters is None or self._chart is None:
            return
        ui.perAxisFrame.visible = not parameters.same_for_all_axes
        ui.rotationSlider.enabled = parameters.same_for_all_axes
        ui.translationSlider.enabled = parameters.same_for_all_axes
        ui.onsetSlider.enabled = parameters.at_onset
        ui.pivotFrame.visible = parameters.pivot is PivotRule.POINT
        trajectory = trajectory_of(parameters)
        self._chart.show(trajectory)
        if self.preview.running:
            self.preview.show(trajectory, parameters.output.value, parameters.shown)

    def stop_preview(self) -> None:
        """Give the views back."""
        self.preview.stop()
        self._ui.previewButton.blockSignals(True)
        self._ui.previewButton.checked = False
        self._ui.previewButton.blockSignals(False)
        self._ui.previewStatus.text = ""
        self._ui.shownFrame.enabled = False

    def _dress(self) -> None:
        ui = self._ui
        self._plot.setMinimumHeight(190)
        ui.poseFrame.layout().addWidget(self._plot)
        ui.applyProgress.visible = False
        ui.simulateMessage.visible = False
        ui.previewStatus.text = ""
        ui.trueScoresLabel.text = ""
        ui.shownFrame.enabled = False
        ui.previewButton.connect("toggled(bool)", self._on_preview)
        ui.applyButton.connect("clicked()", self._on_apply)
        ui.scorePreviewButton.connect("clicked()", self._on_score_preview)
        ui.diceButton.connect("clicked()", self._on_dice)
        ui.presetSelector.connect("currentIndexChanged(int)", self._on_preset)
        ui.savePresetButton.connect("clicked()", self._on_save_preset)

    def _on_preview(self, wanted: bool) -> None:
        if not wanted:
            self.stop_preview()
            return
        parameters = self._parameters
        if parameters is None or parameters.scan is None:
            return
        try:
            self.preview.start(parameters.scan)
        except InputError as error:
            self.stop_preview()
            self._say(error.message)
            return
        self._ui.shownFrame.enabled = True
        self._say("")
        self.update()

    def _on_apply(self) -> None:
        if self.applying.busy:
            self._ui.applyButton.enabled = False
            self.applying.stop()
        else:
            self._begin_applying(score_after=False)

    def _on_score_preview(self) -> None:
        self._begin_applying(score_after=True)

    def _begin_applying(self, *, score_after: bool) -> None:
        parameters = self._parameters
        if parameters is None or parameters.scan is None:
            return
        self._score_after = score_after
        self._say("")
        try:
            self.applying.start(
                parameters.scan,
                trajectory_of(parameters),
                parameters.output.value,
                origin_of(parameters),
                finished=self._finish,
                failed=self._fail,
                stopped=self._stopped,
                stage=self._stage,
            )
        except InputError as error:
            self._say(error.message)
            return
        if self.applying.busy:
            self._set_busy(True)

    def _stage(self, stage: str, done: float | None) -> None:
        bar = self._ui.applyProgress
        bar.setRange(0, 0 if done is None else 100)
        bar.setValue(round(100 * (done or 0.0)))
        bar.setFormat(_(stage) + " … %p %")

    def _finish(self, node: Any, recipe: dict[str, Any]) -> None:
        self._set_busy(False)
        self._say(_("{name}: a new volume, {score:.2f} mm of motion put in.").format(
            name=node.GetName(), score=recipe["motion_score_mm"]
        ))  # fmt: skip
        if not self.preview.running:
            slicer.util.setSliceViewerLayers(background=node)
        if self._score_after:
            self._score(node)

    def _fail(self, failure: Failure) -> None:
        self._set_busy(False)
        self._say(failure.message)

    def _stopped(self) -> None:
        self._set_busy(False)
        self._say(_("Stopped; no volume was made."))

    def _say(self, message: str) -> None:
        self._ui.simulateMessage.text = message
        self._ui.simulateMessage.visible = bool(message)

    def _set_busy(self, busy: bool) -> None:
        ui = self._ui
        ui.applyButton.text = _("Stop") if busy else _("Apply to volume")
        ui.applyButton.enabled = busy or self._usable
        ui.scorePreviewButton.enabled = self._usable and not busy
        ui.previewButton.enabled = self._usable
        ui.applyProgress.visible = busy

    def _show_scores(self, scores: MotionScores) -> None:
        self._ui.trueScoresLabel.text = _(
            "Added motion: <b>{edge:.2f} mm</b> (edge); {time:.2f} mm averaged over time; "
            "{bricout:.2f} mm as in Bricout et al. 2025"
        ).format(edge=scores.edge, time=scores.time, bricout=scores.bricout2025)

    def _show_refined(self, exact: bool) -> None:
        self._ui.previewStatus.text = (
            _("All three views are exact.")
            if exact
            else _("The view across the slab axis is coarse while you drag.")
        )

    def _on_dice(self) -> None:
        if self._parameters is not None:
            self._parameters.seed = int(np.random.default_rng().integers(LARGEST_SEED))

    def _fill_presets(self) -> None:
        self._presets = [*presets.shipped(), *presets.own()]
        selector = self._ui.presetSelector
        selector.blockSignals(True)
        selector.clear()
        selector.addItem(_("Choose …"))
        for preset in self._presets:
            selector.addItem(preset.name)
        selector.blockSignals(False)

    def _on_preset(self, index: int) -> None:
        if self._parameters is not None and 1 <= index <= len(self._presets):
            with slicer.util.NodeModify(self._parameters.parameterNode):
                self._presets[index - 1].apply(self._parameters)

    def _on_save_preset(self) -> None:
        parameters = self._parameters
        if parameters is None:
            return
        name = qt.QInputDialog.getText(None, _("Save preset"), _("Name:"))
        if name and name.strip():
            presets.save(
                Preset(
                    name.strip(),
                    parameters.pattern.value,
                    parameters.events,
                    parameters.rotation,
                    parameters.translation,
                )
            )
            self._fill_presets()
