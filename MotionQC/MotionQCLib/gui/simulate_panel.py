"""The *Simulate* part of the panel: choose a motion, see it at once, apply it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import qt
import slicer
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui import presets
from MotionQCLib.gui.applying import RECIPE, Applying, recipe_of
from MotionQCLib.gui.chart_view import ChartView
from MotionQCLib.gui.later import Later
from MotionQCLib.gui.live_preview import LivePreview
from MotionQCLib.gui.message_line import MessageLine
from MotionQCLib.gui.motion_settings import origin_of, trajectory_of
from MotionQCLib.gui.moved_files import save_moved
from MotionQCLib.gui.parameters import LARGEST_SEED, PivotRule
from MotionQCLib.gui.pose_chart import PoseChart
from MotionQCLib.gui.presets import Preset
from MotionQCLib.gui.score_files import ask_file, write
from MotionQCLib.gui.stages import stage_name
from MotionQCLib.gui.stored_result import source_note
from MotionQCLib.jobs import Failure, JobClient, Listener
from MotionQCLib.motion import MotionScores

_CHART_AFTER_MS = 60
"""The chart follows the sliders once the views have: drawn with them it would hold them up."""


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
        self._moved: Any = None
        self._presets: list[Preset] = []
        self._chart: PoseChart | None = None
        self._line = MessageLine(ui.simulateMessage, ui.simulateDetailsButton)
        self._plot = ChartView(ui.poseFrame)
        self.applying = Applying(client, begun)
        self.preview = LivePreview(self._show_scores, self._show_refined)
        self._chart_later = Later(_CHART_AFTER_MS, self._draw_chart, restart=True)
        self._into_views = Later(0, self._show_moved)
        self._dress()

    def connect(self, parameters: Any) -> None:
        """Show the motion of a scene's ``MotionQCParameters``."""
        self._parameters = parameters
        self._fill_presets()
        self._chart = PoseChart()
        self._plot.connect(self._chart)
        self.update()
        self._set_busy(False)

    def disconnect(self) -> None:
        """End the job, if one runs, give the views back, drop what belongs to the scene."""
        self.stop_preview()
        self.applying.abandon()
        self._set_busy(False)
        self._chart_later.cancel()
        self._into_views.cancel()
        self._parameters = self._moved = None
        self._plot.disconnect()
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
        note = source_note(parameters.scan)
        ui.sourceNote.text = note
        ui.sourceNote.visible = bool(note)
        self._chart_later.request()
        self._name_preset()
        if self.preview.running:
            motion = trajectory_of(parameters)
            self.preview.show(motion, parameters.output.value, parameters.shown)

    def _draw_chart(self) -> None:
        if self._chart is not None:
            self._chart.draw(trajectory_of(self._parameters))
            self._plot.follow(self._chart)

    def stop_preview(self) -> None:
        """Give the views back."""
        self.preview.stop()
        self._ui.previewButton.blockSignals(True)
        self._ui.previewButton.checked = False
        self._ui.previewButton.blockSignals(False)
        self._ui.previewStatus.text = ""
        self._ui.trueScoresLabel.text = ""
        self._ui.shownFrame.enabled = False

    def _dress(self) -> None:
        ui = self._ui
        ui.applyProgress.visible = False
        ui.previewStatus.text = ""
        ui.trueScoresLabel.text = ""
        ui.shownFrame.enabled = False
        ui.previewButton.connect("toggled(bool)", self._on_preview)
        ui.applyButton.connect("clicked()", self._on_apply)
        ui.scorePreviewButton.connect("clicked()", self._on_score_preview)
        ui.diceButton.connect("clicked()", self._on_dice)
        ui.presetSelector.connect("currentIndexChanged(int)", self._on_preset)
        ui.savePresetButton.connect("clicked()", self._on_save_preset)
        ui.deletePresetButton.connect("clicked()", self._on_delete_preset)
        ui.saveMovedButton.connect("clicked()", self._on_save_moved)

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
            self._line.say(error.message)
            return
        self._ui.shownFrame.enabled = True
        self._line.say("")
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
        self._line.say("")
        try:
            self.applying.start(
                parameters.scan,
                trajectory_of(parameters),
                parameters.output.value,
                origin_of(parameters),
                Listener(self._finish, self._fail, self._stopped, self._stage),
            )
        except InputError as error:
            self._line.say(error.message)
            return
        self._set_busy(True)

    def _stage(self, stage: str, done: float | None) -> None:
        bar = self._ui.applyProgress
        bar.setRange(0, 0 if done is None else 100)
        bar.setValue(round(100 * (done or 0.0)))
        bar.setFormat(stage_name(stage) + " … %p %")

    def _finish(self, node: Any) -> None:
        self._moved = node
        self._set_busy(False)
        score = json.loads(node.GetAttribute(RECIPE))["motion_score_mm"]
        self._line.say(_("{name}: a new volume, {score:.2f} mm of motion put in.").format(
            name=node.GetName(), score=score
        ))  # fmt: skip
        self._into_views.request()
        if self._score_after:
            self._score(node)

    def _show_moved(self) -> None:
        """Put the new volume into the views, unless it is gone or these show a preview."""
        there = self._moved is not None and self._moved.GetScene() is not None
        if there and not self.preview.running:
            slicer.util.setSliceViewerLayers(background=self._moved)

    def _fail(self, failure: Failure) -> None:
        self._set_busy(False)
        self._line.say(failure.message, failure.details)

    def _stopped(self) -> None:
        self._set_busy(False)
        self._line.say(_("Stopped; no volume was made."))

    def _set_busy(self, busy: bool) -> None:
        ui = self._ui
        ui.applyButton.text = _("Stop") if busy else _("Apply to volume")
        ui.applyButton.enabled = busy or self._usable
        ui.scorePreviewButton.enabled = self._usable and not busy
        ui.previewButton.enabled = self._usable
        ui.saveMovedButton.enabled = self._moved_node() is not None and not busy
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

    def _fill_presets(self, chosen: str = "") -> None:
        self._presets = [*presets.shipped(), *presets.own()]
        selector = self._ui.presetSelector
        selector.blockSignals(True)
        selector.clear()
        selector.addItem(_("Choose …"))
        for preset in self._presets:
            selector.addItem(preset.name)
        names = [preset.name for preset in self._presets]
        selector.currentIndex = 1 + names.index(chosen) if chosen in names else 0
        selector.blockSignals(False)
        self._ui.deletePresetButton.enabled = self._own_preset() is not None

    def _name_preset(self) -> None:
        """The selector names a preset for as long as the panel is set to it."""
        index = self._ui.presetSelector.currentIndex
        if 1 <= index <= len(self._presets) and not self._presets[index - 1].is_set(
            self._parameters
        ):
            self._ui.presetSelector.blockSignals(True)
            self._ui.presetSelector.currentIndex = 0
            self._ui.presetSelector.blockSignals(False)
            self._ui.deletePresetButton.enabled = False

    def _own_preset(self) -> Preset | None:
        """The chosen preset, if it is the user's own."""
        index = self._ui.presetSelector.currentIndex
        preset = self._presets[index - 1] if 1 <= index <= len(self._presets) else None
        return preset if preset is not None and preset.own else None

    def _on_preset(self, index: int) -> None:
        self._ui.deletePresetButton.enabled = self._own_preset() is not None
        if self._parameters is not None and 1 <= index <= len(self._presets):
            self._presets[index - 1].apply(self._parameters)

    def _on_save_preset(self) -> None:
        if self._parameters is None:
            return
        name = (qt.QInputDialog.getText(None, _("Save preset"), _("Name:")) or "").strip()
        if name in [preset.name for preset in presets.shipped()]:
            self._line.say(_("“{name}” comes with the module; choose another name.").format(
                name=name
            ))  # fmt: skip
        elif name:
            presets.save(presets.of_panel(name, self._parameters))
            self._fill_presets(name)

    def _on_delete_preset(self) -> None:
        preset = self._own_preset()
        if preset is not None:
            presets.delete(preset.name)
            self._fill_presets()

    def _on_save_moved(self) -> None:
        node = self._moved_node()
        if node is None:
            return
        path = ask_file(_("Save moved scan"), f"{node.GetName()}.nii.gz", "*.nii.gz")
        if path is not None:
            write(path, lambda: save_moved(node, path), self._line.say)

    def _moved_node(self) -> Any:
        """The volume that *Save moved scan* saves: the chosen one if it was moved, or the last."""
        for node in (self._parameters.scan if self._parameters else None, self._moved):
            if node is not None and node.GetScene() is not None and recipe_of(node) is not None:
                return node
        return None
