"""The module's panel: which scans, their scores, a motion to try, a model of one's own."""

from __future__ import annotations

from typing import Any

import vtk
from slicer.i18n import tr as _

from MotionQCLib.gui.device_line import DeviceLine
from MotionQCLib.gui.folder_panel import FolderPanel
from MotionQCLib.gui.interpreter import start_child
from MotionQCLib.gui.job_timer import JobTimer
from MotionQCLib.gui.later import Later
from MotionQCLib.gui.scan_volume import Finding, describe
from MotionQCLib.gui.scans_of_scene import scans_of_scene
from MotionQCLib.gui.score_panel import ScorePanel
from MotionQCLib.gui.simulate_panel import SimulatePanel
from MotionQCLib.gui.train_panel import TrainPanel
from MotionQCLib.jobs import JobClient


class Panel:
    """Puts the parts together and tells them which scan is chosen.

    Parameters
    ----------
    ui : namespace
        The widgets of ``MotionQC.ui`` by name.
    """

    def __init__(self, ui: Any) -> None:
        self.ui = ui
        self.parameters: Any = None
        self._binding: Any = None
        self._entered = False
        self._observation: int | None = None
        self._described: tuple[str, int] | None = None
        scoring, moving, probing = (JobClient(start_child) for _n in range(3))
        self._timer = JobTimer(scoring, moving, probing)
        self.device = DeviceLine(ui.deviceLabel, ui.gpuButton, probing, self._timer.hurry)
        self.score = ScorePanel(ui, scoring, self._timer.hurry, self._on_scored)
        self.folder = FolderPanel(ui, self.score.choices, self.score.take_up)
        self.simulate = SimulatePanel(ui, moving, self._timer.hurry, self.score.start_on)
        self.train = TrainPanel(ui, self.score.models.offer, self.device.look_again)
        self._look = Later(0, self._describe_scan)

    def connect(self, parameters: Any) -> None:
        """Bind the widgets to a scene's ``MotionQCParameters``, unless they are bound."""
        if self.parameters is not None:
            return
        self.parameters = parameters
        if parameters.scan is None:
            parameters.scan = next(iter(scans_of_scene()), None)
        self._binding = parameters.connectGui(self.ui)
        self._observation = parameters.AddObserver(
            vtk.vtkCommand.ModifiedEvent, self._on_parameters
        )
        self.score.connect(parameters)
        self.folder.connect()
        self.simulate.connect(parameters)
        self.train.connect(parameters)
        self._look.request()

    def disconnect(self) -> None:
        """Let go of a scene's parameters; its jobs end with it, but a training goes on."""
        if self.parameters is None:
            return
        self._look.cancel()
        self.train.disconnect()
        self.simulate.disconnect()
        self.folder.disconnect()
        self.score.disconnect()
        self.parameters.RemoveObserver(self._observation)
        self.parameters.disconnectGui(self._binding)
        self.parameters = self._described = None

    def refresh(self) -> None:
        """Take up what came with a scene that was loaded; a running job goes on."""
        if self.parameters is not None:
            # References to nodes can arrive without an event, and the wrapper keeps old values.
            self.parameters.parameterNode.Modified()
            self._described = None
            self.score.refresh()
            self._look.request()

    def enter(self) -> None:
        """The user looks at the module; only now may a child look for a GPU."""
        self._entered = True
        self.device.show(self.parameters.device)

    def leave(self) -> None:
        """Give the views back; the user looks at another module."""
        self._entered = False
        self.simulate.stop_preview()

    def close(self) -> None:
        """End everything."""
        self.disconnect()
        self.train.close()
        self.folder.close()
        self.device.close()
        self._timer.close()

    def _on_parameters(self, caller: Any, event: Any) -> None:
        self._look.request()
        if self._entered:
            self.device.show(self.parameters.device)
        self.score.update()
        self.simulate.update()
        self.train.update()

    def _on_scored(self) -> None:
        self.simulate.update()

    def _describe_scan(self) -> None:
        """Say what the chosen volume is, where it is another than before."""
        if self.parameters is None:
            return
        node = self.parameters.scan
        if node is None:
            self._described = None
            self._tell(None, Finding(False, _("Choose a T1-weighted head scan.")))
            return
        image = node.GetImageData()
        key = (node.GetID(), image.GetMTime() if image is not None else 0)
        if key != self._described:
            self._described = key
            self._tell(node, describe(node))

    def _tell(self, node: Any, finding: Finding) -> None:
        self.ui.scanLabel.text = finding.text
        self.score.set_scan(node, finding.usable)
        self.simulate.set_usable(finding.usable)
