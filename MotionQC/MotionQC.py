"""What 3D Slicer loads: the module's description, its widget, its logic and its self-test."""

from __future__ import annotations

import sys
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class MotionQC(ScriptedLoadableModule):
    """What the module selector says about the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("MotionQC")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        parent.dependencies = []
        parent.contributors = ["MotionQC contributors"]
        parent.helpText = _(
            "Scores how much the head moved during a T1-weighted scan, in millimetres, and shows "
            "what a chosen motion does to a scan. For research use, not for diagnosis."
        )
        parent.acknowledgementText = _(
            "After Bricout et al. 2025 (arXiv 2502.00160) and Loizillon et al. 2023 "
            "(SPIE Medical Imaging)."
        )


class MotionQCWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Hands Slicer's calls on to the panel."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: Any = None
        self.panel: Any = None

    def setup(self):
        """Build the panel; called when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        from MotionQCLib.gui.panel import Panel

        view = slicer.util.loadUI(self.resourcePath("UI/MotionQC.ui"))
        self.layout.addWidget(view)
        view.setMRMLScene(slicer.mrmlScene)
        self.logic = MotionQCLogic()
        self.panel = Panel(slicer.util.childWidgetVariables(view))
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEndImport)
        self.panel.connect(self.logic.getParameterNode())

    def enter(self):
        """Take up the parameters; called on every visit."""
        self.panel.connect(self.logic.getParameterNode())
        self.panel.enter()

    def exit(self):
        """Let go of the views; a running job goes on."""
        self.panel.leave()

    def cleanup(self):
        """End everything; called before the widget goes."""
        self.removeObservers()
        if self.panel is not None:
            self.panel.close()
            self.panel = None

    def onReload(self):
        """Forget the library as well, so that *Reload* shows its changes."""
        for name in [name for name in sys.modules if name.partition(".")[0] == "MotionQCLib"]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def onSceneStartClose(self, caller, event):
        """End a scoring job and drop the nodes that are about to go."""
        self.panel.disconnect()

    def onSceneEndClose(self, caller, event):
        """Begin anew if the user looks at the module."""
        if self.parent.isEntered:
            self.panel.connect(self.logic.getParameterNode())

    def onSceneEndImport(self, caller, event):
        """Show the results that came with a scene."""
        self.panel.refresh()


class MotionQCLogic(ScriptedLoadableModuleLogic):
    """Gives typed access to the module's parameters."""

    def getParameterNode(self):
        """Return the parameters of the scene, as ``MotionQCLib.gui.parameters`` types them."""
        from MotionQCLib.gui.parameters import MotionQCParameters

        typed: Any = MotionQCParameters
        return typed(super().getParameterNode())


class MotionQCTest(ScriptedLoadableModuleTest):
    """The self-test that Slicer's own runner finds; see ``Testing/Slicer``."""

    def setUp(self):
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self):
        """Run every part."""
        for part in (
            self.test_a_motion_is_simulated_without_any_package,
            self.test_the_panel_previews_and_gives_the_views_back,
            self.test_a_scan_is_scored_where_the_packages_are_installed,
        ):
            self.setUp()
            part()
        self.delayDisplay("MotionQC: passed")

    def test_a_motion_is_simulated_without_any_package(self):
        """What a stock Slicer must do: move a volume, and know how much."""
        import numpy as np

        from MotionQCLib.motion import simulate
        from MotionQCLib.motion.patterns import make_trajectory

        motion = make_trajectory("steps", events=3, rotation_deg=3, translation_mm=3, seed=1)
        moved = simulate(_block(), np.diag([4.0, 4.0, 4.0, 1.0]), motion)
        self.assertEqual(moved.shape, _block().shape)
        self.assertGreater(float(np.abs(moved - _block()).max()), 1.0)

    def test_the_panel_previews_and_gives_the_views_back(self):
        """The views show the preview, then what they showed before; the source never changes."""
        import numpy as np

        panel, node = self._panel_with_a_volume()
        slicer.util.setSliceViewerLayers(background=node)
        before, views = np.array(slicer.util.arrayFromVolume(node)), self._views()
        self._wait_until(lambda: panel.ui.previewButton.enabled)
        panel.ui.previewButton.click()
        self._wait_until(lambda: "exact" in panel.ui.previewStatus.text)
        shown = {volume for volume, _matrix in self._views()}
        self.assertEqual(shown, {panel.simulate.preview.node.GetID()})
        panel.ui.previewButton.click()
        self.assertEqual(self._views(), views)
        np.testing.assert_array_equal(slicer.util.arrayFromVolume(node), before)

    def test_a_scan_is_scored_where_the_packages_are_installed(self):
        """A score comes from the child process; without the packages nobody is asked here."""
        from MotionQCLib.gui.interpreter import missing_packages

        if missing_packages():
            self.delayDisplay("MotionQC: not scored, for OpenVINO is not installed")
            return
        panel, _node = self._panel_with_a_volume()
        self._wait_until(lambda: panel.ui.scoreButton.enabled)
        panel.ui.scoreButton.click()
        self._wait_until(lambda: not panel.score.scoring.busy)
        self.assertTrue(panel.ui.scoreValue.text.endswith(" mm"), panel.ui.scoreMessage.text)

    def _views(self):
        """What every slice view shows: the volume, and how it lies."""
        manager, seen = slicer.app.layoutManager(), []
        for name in manager.sliceViewNames():
            logic = manager.sliceWidget(name).sliceLogic()
            matrix = slicer.util.arrayFromVTKMatrix(logic.GetSliceNode().GetSliceToRAS())
            volume = logic.GetSliceCompositeNode().GetBackgroundVolumeID()
            seen.append((volume, tuple(matrix.round(4).ravel())))
        return seen

    def _panel_with_a_volume(self):
        import numpy as np

        slicer.util.selectModule("MotionQC")
        panel = slicer.modules.motionqc.widgetRepresentation().self().panel
        node = slicer.util.addVolumeFromArray(
            _block().transpose(2, 1, 0), ijkToRAS=np.diag([4.0, 4.0, 4.0, 1.0]), name="block"
        )
        panel.ui.scanSelector.setCurrentNode(node)
        return panel, node

    def _wait_until(self, predicate, seconds=120.0):
        import time

        end = time.monotonic() + seconds
        while not predicate():
            self.assertLess(time.monotonic(), end, "nothing happened in time")
            slicer.app.processEvents()
            time.sleep(0.01)


def _block():
    """A brain-sized ellipsoid of texture, ``(I, J, K)``; 4 mm a voxel."""
    import numpy as np

    i, j, k = np.ogrid[-20:20, -24:24, -22:22]
    inside = (i / 17) ** 2 + (j / 21) ** 2 + (k / 19) ** 2 < 1
    texture = np.random.default_rng(0).uniform(50, 100, inside.shape)
    return np.where(inside, texture, 0).astype(np.int16)
