"""A small scripted module, to try the host on: brightens a volume into another one, live."""

from enum import Enum
from typing import Annotated

import ctk
import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class Direction(Enum):
    """Which way the brightness goes."""

    BRIGHTER = 1
    DARKER = -1

    def label(self) -> str:
        return {1: _("brighter"), -1: _("darker")}[self.value]


@parameterNodeWrapper
class ExampleParameterNode:
    """What the panel shows and the scene keeps."""

    inputVolume: slicer.vtkMRMLScalarVolumeNode
    previewVolume: slicer.vtkMRMLScalarVolumeNode
    amount: Annotated[float, WithinRange(0, 100)] = 10.0
    direction: Direction = Direction.BRIGHTER
    unit: Annotated[str, Choice(["percent", "steps"])] = "percent"
    live: bool = False


class ExampleModule(ScriptedLoadableModule):
    """The module's description."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Example")
        parent.categories = ["Examples"]
        parent.contributors = ["MotionQC contributors"]
        parent.helpText = _("Brightens a volume.")
        self.started = False
        slicer.app.connect("startupCompleted()", self.onStartupCompleted)

    def onStartupCompleted(self):
        self.started = True


class ExampleModuleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._guiTag = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        panel = slicer.util.loadUI(self.resourcePath("UI/ExampleModule.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.logic = ExampleModuleLogic()
        self.addPlot()
        self.timer = qt.QTimer()
        self.timer.setSingleShot(True)
        self.timer.setInterval(10)
        self.timer.connect("timeout()", self.updatePreview)
        self.ui.amountSlider.connect("valueIsChanging(double)", self.onDragged)
        self.ui.applyButton.connect("clicked()", self.onApply)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEndImport)
        self.initializeParameterNode()

    def addPlot(self):
        section = ctk.ctkCollapsibleButton()
        section.text = _("Curve")
        column = qt.QVBoxLayout(section)
        self.plotView = slicer.qMRMLPlotView()
        self.plotView.setMRMLScene(slicer.mrmlScene)
        self.plotView.minimumHeight = 180
        column.addWidget(self.plotView)
        self.layout.addWidget(section)
        self.layout.addStretch(1)

    def cleanup(self):
        self.timer.stop()
        self.setParameterNode(None)
        self.removeObservers()

    def enter(self):
        self.initializeParameterNode()

    def exit(self):
        self.setParameterNode(None)

    def onSceneStartClose(self, caller, event):
        self.setParameterNode(None)

    def onSceneEndClose(self, caller, event):
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onSceneEndImport(self, caller, event):
        """See the node references of the scene, which arrive without a ModifiedEvent."""
        if self._parameterNode is not None:
            self._parameterNode.Modified()

    def initializeParameterNode(self):
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, node):
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(
                self._parameterNode.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onModified
            )
        self._parameterNode = node
        if node is not None:
            self._guiTag = node.connectGui(self.ui)
            self.addObserver(node.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onModified)
            self.onModified()

    def onModified(self, caller=None, event=None):
        self.ui.applyButton.enabled = self._parameterNode.inputVolume is not None
        if self._parameterNode.live:
            self.timer.start()

    def onDragged(self, value):
        self.ui.statusLabel.text = f"{value:g}"

    def updatePreview(self):
        if self._parameterNode is not None and self._parameterNode.inputVolume is not None:
            self.onApply()

    def onApply(self):
        with slicer.util.tryWithErrorDisplay(_("Brightening failed."), waitCursor=True):
            self.logic.brighten(self._parameterNode)
            self.logic.plot(self._parameterNode)
            self.plotView.setMRMLPlotViewNode(self.logic.plotViewNode())
            self.ui.statusLabel.text = _("done")


class ExampleModuleLogic(ScriptedLoadableModuleLogic):
    """What the module does."""

    def getParameterNode(self):
        return ExampleParameterNode(super().getParameterNode())

    def brighten(self, parameters):
        volume = parameters.inputVolume
        if volume is None:
            raise ValueError("Choose an input volume.")
        preview = parameters.previewVolume
        if preview is None:
            preview = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Preview")
            preview.CopyOrientation(volume)
            preview.CreateDefaultDisplayNodes()
            parameters.previewVolume = preview
        voxels = slicer.util.arrayFromVolume(volume)
        change = parameters.direction.value * parameters.amount * voxels.max() / 100
        slicer.util.updateVolumeFromArray(preview, voxels + change)
        slicer.util.setSliceViewerLayers(background=preview)

    def plot(self, parameters):
        import numpy as np

        scene = slicer.mrmlScene
        table = scene.GetFirstNodeByName("ExampleTable")
        if table is None:
            table = scene.AddNewNodeByClass("vtkMRMLTableNode", "ExampleTable")
            self.addChart(table)
        x = np.linspace(0, 1, 20)
        y = x ** (1 + parameters.amount / 100)
        slicer.util.updateTableFromArray(table, (x, y), ["In", "Out"])

    def addChart(self, table):
        scene = slicer.mrmlScene
        series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", "Curve")
        series.SetAndObserveTableNodeID(table.GetID())
        series.SetXColumnName("In")
        series.SetYColumnName("Out")
        series.SetPlotType(series.PlotTypeScatter)
        series.SetColor(0.1, 0.4, 0.8)
        chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", "ExampleChart")
        chart.AddAndObservePlotSeriesNodeID(series.GetID())
        chart.SetXAxisTitle("in")
        chart.SetYAxisTitle("out")
        self.plotViewNode().SetPlotChartNodeID(chart.GetID())

    def plotViewNode(self):
        scene = slicer.mrmlScene
        node = scene.GetSingletonNode("ExamplePlot", "vtkMRMLPlotViewNode")
        if node is None:
            node = slicer.vtkMRMLPlotViewNode()
            node.SetSingletonTag("ExamplePlot")
            node.SetLayoutName("ExamplePlot")
            node = scene.AddNode(node)
        return node


class ExampleModuleTest(ScriptedLoadableModuleTest):
    """The module's self-test."""

    def runTest(self):
        slicer.mrmlScene.Clear(0)
        self.assertIsNone(ExampleModuleLogic().getParameterNode().inputVolume)
