"""One slice view without a window: the MRML slice logic, its displayable managers, an image.

The pipeline is Slicer's (`qMRMLSliceView`, `vtkMRMLSliceLogic`); only the last step differs, where
the picture goes into an image instead of a window.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

# Those of a stock slice view that need no further module.
MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLScalarBarDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
)


class SlicePipeline:
    """Renders what one slice node shows.

    Parameters
    ----------
    scene, application_logic
        Of the host.
    name
        "Red", "Yellow" or "Green".
    orientation
        "Axial", "Sagittal" or "Coronal".
    color
        Red, green and blue of the view's bar, 0 to 1.
    """

    def __init__(
        self,
        scene: Any,
        application_logic: Any,
        name: str,
        orientation: str,
        color: tuple[float, float, float],
    ) -> None:
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(application_logic)
        application_logic.GetSliceLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(scene)
        self.node = self.logic.AddSliceNode(name)
        self.orientation = orientation
        self.node.SetLayoutLabel(name[0])
        self.node.SetLayoutColor(*color)
        self.node.SetMappedInLayout(1)
        self.reset()
        self._build_window()
        self._build_managers(application_logic)

    def _build_window(self) -> None:
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetMultiSamples(0)
        self.renderer = vtk.vtkRenderer()
        self.renderer.GetActiveCamera().ParallelProjectionOn()
        self.window.AddRenderer(self.renderer)
        self.interactor = vtk.vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        self.mapper = vtk.vtkImageMapper()
        self.mapper.SetColorWindow(255)
        self.mapper.SetColorLevel(127.5)
        actor = vtk.vtkActor2D()
        actor.SetMapper(self.mapper)
        actor.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(actor)
        self._actor = actor
        self._grabber = vtk.vtkWindowToImageFilter()
        self._grabber.SetInput(self.window)
        self._grabber.ReadFrontBufferOff()
        self._grabber.ShouldRerenderOff()

    def _build_managers(self, application_logic: Any) -> None:
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(application_logic)
        for name in MANAGERS:
            if not factory.IsDisplayableManagerRegistered(name):
                factory.RegisterDisplayableManager(name)
        self.group = slicer.vtkMRMLDisplayableManagerGroup()
        self.group.SetRenderer(self.renderer)
        self.group.Initialize(factory, self.renderer)
        self.group.SetMRMLDisplayableNode(self.node)

    def reset(self) -> None:
        """Look at the origin along the view's own axis; closing a scene leaves a view as it is."""
        self.node.SetOrientation(self.orientation)
        self.node.JumpSlice(0.0, 0.0, 0.0)

    def resize(self, width: int, height: int) -> None:
        """Give the view a size in pixels; the field of view keeps its scale, as in Slicer."""
        self.window.SetSize(width, height)
        self.logic.ResizeSliceNode(width, height)

    def render(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Draw the view; RGB of shape (height, width, 3), top row first."""
        connection = self.logic.GetImageDataConnection()
        self.mapper.SetInputConnection(connection)
        self._actor.SetVisibility(connection is not None)
        self.window.Render()
        self._grabber.Modified()
        self._grabber.Update()
        image = self._grabber.GetOutput()
        width, height, _ = image.GetDimensions()
        pixels = vtk_to_numpy(image.GetPointData().GetScalars())
        return np.ascontiguousarray(pixels.reshape(height, width, -1)[::-1, :, :3])
