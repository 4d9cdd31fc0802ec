"""The MRML core as Slicer sets it up: scene, application logic, module logics, colour nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import slicer
import vtk

# The order counts: colour nodes exist before anything asks for a default colour.
MODULE_LOGICS = {
    "Colors": "vtkSlicerColorLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Plots": "vtkSlicerPlotsLogic",
    "Texts": "vtkSlicerTextsLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
}

# Nodes of modules that the wheel has no logic for, found in scenes that Slicer saved.
FURTHER_NODES = ("vtkMRMLSequenceBrowserNode", "vtkMRMLVolumePropertyNode")


@dataclass
class Core:
    """The scene and everything that acts on it without a window."""

    scene: Any
    application_logic: Any
    logics: dict[str, Any] = field(default_factory=dict)
    # Kept alive for the scene, which holds them weakly.
    kept: list[Any] = field(default_factory=list)


def build(temporary: Path) -> Core:
    """Make the one scene of the process and its logics.

    `temporary` is where remote files and bundles are unpacked.
    """
    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerApplicationLogic()
    logic.SetTemporaryPath(str(temporary))
    # Colour files are looked for here; without any, the built-in colour nodes are enough.
    (temporary / "ColorFiles").mkdir()
    logic.SetHomeDirectory(str(temporary))
    logic.SetShareDirectory(".")
    core = Core(scene, logic)
    core.kept = [vtk.vtkCollection(), vtk.vtkCollection()]
    logic.SetSliceLogics(core.kept[0])
    logic.SetViewLogics(core.kept[1])
    register_nodes(scene)
    logic.SetMRMLScene(scene)
    for name, class_name in MODULE_LOGICS.items():
        core.logics[name] = add_logic(core, name, class_name)
    core.logics["Colors"].AddDefaultColorNodes()
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    add_crosshair(scene)
    core.kept.append(data_io(core, temporary))
    return core


def register_nodes(scene: Any) -> None:
    for name in FURTHER_NODES:
        cls = getattr(slicer, name, None)
        if cls is not None:
            scene.RegisterNodeClass(cls())


def add_logic(core: Core, name: str, class_name: str) -> Any:
    logic = getattr(slicer, class_name)()
    core.application_logic.SetModuleLogic(name, logic)
    if name == "Colors":
        core.application_logic.SetColorLogic(logic)
    logic.SetMRMLApplicationLogic(core.application_logic)
    logic.SetMRMLScene(core.scene)
    return logic


def data_io(core: Core, temporary: Path) -> tuple[Any, Any]:
    """What a scene needs to read and write the files that belong to its nodes."""
    remote = slicer.vtkMRMLRemoteIOLogic()
    cache = temporary / "cache"
    cache.mkdir()
    (cache / ".slicer-cache").touch()
    remote.GetCacheManager().SetRemoteCacheDirectory(str(cache))
    manager = slicer.vtkDataIOManagerLogic()
    manager.SetMRMLApplicationLogic(core.application_logic)
    remote.SetMRMLScene(core.scene)
    remote.AddDataIOToScene()
    manager.SetAndObserveDataIOManager(remote.GetDataIOManager())
    return remote, manager


def add_crosshair(scene: Any) -> None:
    node = slicer.vtkMRMLCrosshairNode()
    node.SetCrosshairName("default")
    scene.AddNode(node)
