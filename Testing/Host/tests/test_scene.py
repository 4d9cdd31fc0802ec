"""The scene, files and `slicer.util` are the MRML core's own.

Sources: `slicer/util.py`, `qSlicerCoreIOManager`, `vtkSlicerVolumesLogic::AddArchetypeVolume`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slicerhost.not_offered import NotOfferedError


def test_a_nifti_file_is_loaded_with_its_grid(host: Any, slicer: Any, a_scan_file: Path) -> None:
    import nibabel

    volume = host.load_scan(a_scan_file)
    affine = slicer.util.arrayFromVTKMatrix(ijk_to_ras(volume))
    assert volume.GetName() == "ball"
    np.testing.assert_allclose(affine, nibabel.load(a_scan_file).affine, atol=1e-4)
    assert slicer.util.arrayFromVolume(volume).shape == (28, 24, 20)


def ijk_to_ras(volume: Any) -> Any:
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return matrix


def test_a_loaded_volume_becomes_the_active_one(host: Any, slicer: Any, a_scan_file: Path) -> None:
    volume = host.load_scan(a_scan_file)
    selection = slicer.app.applicationLogic().GetSelectionNode()
    assert selection.GetActiveVolumeID() == volume.GetID()


def test_a_volume_may_be_loaded_without_being_shown(
    host: Any, slicer: Any, a_scan_file: Path
) -> None:
    host.load_scan(a_scan_file, show=False)
    composite = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")[0]
    assert composite.GetBackgroundVolumeID() is None


def test_what_cannot_be_read_raises(slicer: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.nii.gz").write_bytes(b"no scan")
    with pytest.raises(RuntimeError, match="Failed to load node"):
        slicer.util.loadVolume(str(tmp_path / "broken.nii.gz"))


def test_a_property_of_a_reader_that_the_host_does_not_know_raises(
    slicer: Any, a_scan_file: Path
) -> None:
    with pytest.raises(NotOfferedError, match=r"does not know the properties \['centre'\]"):
        slicer.util.loadVolume(str(a_scan_file), {"centre": True})
    with pytest.raises(NotOfferedError, match="colorNodeID"):
        slicer.util.loadVolume(str(a_scan_file), {"colorNodeID": "vtkMRMLColorTableNodeRed"})


def test_a_property_of_a_writer_that_the_host_does_not_know_raises(
    slicer: Any, a_volume: Any, tmp_path: Path
) -> None:
    with pytest.raises(NotOfferedError, match="useCompression"):
        slicer.util.saveNode(a_volume, str(tmp_path / "a.nrrd"), {"useCompression": False})


def test_files_that_the_host_does_not_read_or_write_raise(slicer: Any, tmp_path: Path) -> None:
    with pytest.raises(NotOfferedError, match="does not read SegmentationFile"):
        slicer.util.loadSegmentation(str(tmp_path / "a.seg.nrrd"))
    with pytest.raises(NotOfferedError, match="does not write ModelFile"):
        slicer.app.coreIOManager().saveNodes("ModelFile", {"fileName": "a.vtk"})


def test_properties_of_one_call_do_not_stay_for_the_next(slicer: Any, a_scan_file: Path) -> None:
    first = slicer.util.loadVolume(str(a_scan_file))
    second = slicer.util.loadVolume(str(a_scan_file))
    assert (first.GetName(), second.GetName()) == ("ball", "ball_1")


def test_volumes_and_tables_are_written_and_read(
    slicer: Any, a_volume: Any, tmp_path: Path
) -> None:
    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(table, (np.array([1.5, 2.5]),), ["score"])
    assert slicer.util.saveNode(a_volume, str(tmp_path / "a.nrrd"))
    assert slicer.util.saveNode(table, str(tmp_path / "a.csv"))
    again = slicer.util.loadVolume(str(tmp_path / "a.nrrd"))
    read = slicer.util.loadTable(str(tmp_path / "a.csv"))
    assert slicer.util.arrayFromVolume(again).sum() == np.arange(120).sum()
    assert slicer.util.arrayFromTableColumn(read, "score").tolist() == [1.5, 2.5]


@pytest.mark.parametrize("name", ["scene.mrb", "scene.mrml", "folder"])
def test_a_scene_is_saved(host: Any, slicer: Any, a_volume: Any, tmp_path: Path, name: str) -> None:
    host.save_scene(tmp_path / name)
    saved = tmp_path / name
    assert (any(saved.rglob("*.mrml")) if saved.is_dir() else saved.is_file()) is True


def test_a_bundle_brings_nodes_voxels_and_attributes_back(
    host: Any, slicer: Any, a_volume: Any, tmp_path: Path
) -> None:
    a_volume.SetAttribute("MotionQC.Score", "1.25")
    host.save_scene(tmp_path / "scene.mrb")
    host.load_scene(tmp_path / "scene.mrb")
    again = slicer.util.getNode("A volume")
    assert again is not a_volume
    assert again.GetAttribute("MotionQC.Score") == "1.25"
    assert slicer.util.arrayFromVolume(again).sum() == np.arange(120).sum()


def test_closing_the_scene_tells_before_and_after(host: Any, slicer: Any, a_volume: Any) -> None:
    scene, heard = slicer.mrmlScene, []
    names = {scene.StartCloseEvent: "start", scene.EndCloseEvent: "end"}
    tags = [
        scene.AddObserver(event, lambda *_, name=name: heard.append((name, nodes(slicer))))
        for event, name in names.items()
    ]
    host.close_scene()
    for tag in tags:
        scene.RemoveObserver(tag)
    assert heard == [("start", 1), ("end", 0)]


def nodes(slicer: Any) -> int:
    return len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"))


def test_utilities_are_in_slicer_util_alone(slicer: Any) -> None:
    assert hasattr(slicer.util, "loadVolume")
    assert not hasattr(slicer, "loadVolume")
    assert not hasattr(slicer.util, "LazyImport")
    assert slicer.vtkMRMLScalarVolumeNode is not None


def test_unknown_parts_of_the_application_raise(slicer: Any) -> None:
    for name in ("pythonConsole", "extensionsManagerModel"):
        with pytest.raises(AttributeError):
            getattr(slicer.app, name)
    with pytest.raises(AttributeError):
        _ = slicer.modules.segmenteditor


def test_settings_are_the_hosts_own_and_empty(qt: Any, slicer: Any) -> None:
    assert slicer.util.settingsValue("MotionQC/AutoScore", False, slicer.util.toBool) is False
    qt.QSettings().setValue("MotionQC/AutoScore", "true")
    assert slicer.util.settingsValue("MotionQC/AutoScore", False, slicer.util.toBool) is True
    assert slicer.app.temporaryPath in qt.QSettings().fileName()


def test_observations_of_the_mixin_end_together(slicer: Any, a_volume: Any) -> None:
    class Watcher(slicer.util.VTKObservationMixin):
        pass

    watcher, heard = Watcher(), []
    watcher.addObserver(a_volume, "ModifiedEvent", lambda *_: heard.append(1))
    a_volume.Modified()
    watcher.removeObservers()
    a_volume.Modified()
    assert heard == [1]


def test_texts_are_translated_and_nothing_else(slicer: Any) -> None:
    from slicer.i18n import tr

    assert tr("Score scan") == "Score scan"
    with pytest.raises(TypeError, match="takes a text"):
        tr(3)
