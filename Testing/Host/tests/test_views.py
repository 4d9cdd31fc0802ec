"""Slice views, plots and tables are drawn from their MRML nodes.

Sources: `vtkMRMLSliceLogic`, `qMRMLSliceWidget`, `qMRMLPlotView` (with
`vtkMRMLPlotSeriesNode::IsXColumnRequired`), `qMRMLTableView`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest


def pixels(slicer: Any, name: str) -> np.ndarray[Any, Any]:
    """What a slice view shows: gray values of shape (height, width)."""
    view = slicer.app.layoutManager().sliceWidget(name).sliceView()
    view.forceRender()
    image = view.pixmap.toImage()
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return data[:, :, :3].mean(axis=2)[:, : image.width()]


def test_there_are_three_views_with_slicers_names_and_orientations(slicer: Any) -> None:
    layout = slicer.app.layoutManager()
    nodes = {n: layout.sliceWidget(n).mrmlSliceNode() for n in layout.sliceViewNames()}
    orientations = {name: node.GetOrientation() for name, node in nodes.items()}
    assert orientations == {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}
    assert layout.sliceWidget("Blue") is None


def test_a_loaded_scan_is_seen_in_all_views(host: Any, slicer: Any, a_scan_file: Path) -> None:
    host.load_scan(a_scan_file)
    for name in ("Red", "Yellow", "Green"):
        shown = pixels(slicer, name)
        assert shown[shown.shape[0] // 2, shown.shape[1] // 2] > 200
        assert shown[2, 2] < 10


def test_moving_a_slice_out_of_the_ball_shows_nothing(
    host: Any, slicer: Any, a_scan_file: Path
) -> None:
    host.load_scan(a_scan_file)
    slicer.app.layoutManager().sliceWidget("Red").sliceLogic().SetSliceOffset(13.4)
    assert pixels(slicer, "Red").max() < 100


def test_changed_voxels_are_drawn_once_when_the_event_loop_turns(
    host: Any, slicer: Any, a_scan_file: Path
) -> None:
    volume = host.load_scan(a_scan_file)
    host.turn()
    before = host.views_rendered
    for _ in range(5):
        slicer.util.arrayFromVolume(volume)[:] = 0
        slicer.util.arrayFromVolumeModified(volume)
    assert (host.views_rendered, host.views_waiting) == (before, 3)
    host.turn()
    assert (host.views_rendered, host.views_waiting) == (before + 3, 0)
    assert pixels(slicer, "Red").max() < 10


def test_window_and_level_change_the_picture(host: Any, slicer: Any, a_scan_file: Path) -> None:
    display = host.load_scan(a_scan_file).GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(400, 200)
    shown = pixels(slicer, "Red")
    middle = shown[shown.shape[0] // 2, shown.shape[1] // 2]
    assert middle == pytest.approx(64, abs=2)


def test_nothing_is_drawn_while_rendering_is_paused(
    host: Any, slicer: Any, a_scan_file: Path
) -> None:
    host.load_scan(a_scan_file)
    host.turn()
    before = host.views_rendered
    with slicer.util.RenderBlocker():
        slicer.app.layoutManager().resetSliceViews()
        slicer.app.layoutManager().sliceWidget("Red").sliceLogic().SetSliceOffset(3)
        host.turn()
        assert host.views_rendered == before
    host.turn()
    assert host.views_rendered > before


def test_the_layers_of_all_views_are_set(slicer: Any, a_volume: Any) -> None:
    slicer.util.setSliceViewerLayers(background=a_volume, fit=True)
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    assert {node.GetBackgroundVolumeID() for node in composites} == {a_volume.GetID()}


def test_views_work_again_after_the_scene_was_closed(
    host: Any, slicer: Any, a_scan_file: Path
) -> None:
    host.load_scan(a_scan_file)
    host.close_scene()
    assert pixels(slicer, "Red").max() == 0
    host.load_scan(a_scan_file)
    assert pixels(slicer, "Red").max() > 200


def test_a_layout_is_remembered_and_signalled(slicer: Any) -> None:
    layout, heard = slicer.app.layoutManager(), []
    layout.connect("layoutChanged(int)", heard.append)
    layout.setLayout(6)
    assert (layout.layout, heard) == (6, [6])
    layout.layout = 3


@pytest.fixture
def a_plot(slicer: Any) -> Any:
    """A plot view with one series of three points, x = 10, 20, 30 and y = 1, 4, 9."""
    scene = slicer.mrmlScene
    table = scene.AddNewNodeByClass("vtkMRMLTableNode")
    x, y = np.array([10.0, 20.0, 30.0]), np.array([1.0, 4.0, 9.0])
    slicer.util.updateTableFromArray(table, (x, y), ["x", "y"])
    series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", "Series")
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName("x")
    series.SetYColumnName("y")
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode")
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    node = scene.AddNewNodeByClass("vtkMRMLPlotViewNode")
    node.SetPlotChartNodeID(chart.GetID())
    view = slicer.qMRMLPlotView()
    view.setMRMLScene(scene)
    view.setMRMLPlotViewNode(node)
    view.resize(300, 200)
    return view


def drawn(view: Any) -> Any:
    from vtk.util.numpy_support import vtk_to_numpy

    table = view.chart().GetPlot(0).GetInput()
    return [vtk_to_numpy(table.GetColumn(column)).tolist() for column in (0, 1)]


@pytest.mark.parametrize(
    ("kind", "x"),
    [
        ("PlotTypeScatter", [10, 20, 30]),
        ("PlotTypeScatterBar", [10, 20, 30]),
        ("PlotTypeLine", [0, 1, 2]),
        ("PlotTypeBar", [0, 1, 2]),
    ],
)
def test_only_scatter_and_scatter_bar_use_the_x_column(
    slicer: Any, a_plot: Any, kind: str, x: list[int]
) -> None:
    series = slicer.mrmlScene.GetFirstNodeByName("Series")
    series.SetPlotType(getattr(series, kind))
    assert drawn(a_plot) == [x, [1, 4, 9]]


def test_a_plot_follows_its_table(slicer: Any, a_plot: Any) -> None:
    assert drawn(a_plot)[1] == [1, 4, 9]
    table = slicer.util.getNodesByClass("vtkMRMLTableNode")[0]
    slicer.util.updateTableFromArray(table, (np.arange(3.0), np.full(3, 7.0)), ["x", "y"])
    assert drawn(a_plot)[1] == [7, 7, 7]


def test_a_plot_obeys_titles_and_ranges(slicer: Any, a_plot: Any) -> None:
    chart = a_plot.mrmlPlotViewNode().GetPlotChartNode()
    chart.SetTitle("Scores")
    chart.SetYAxisTitle("probability")
    chart.SetYAxisRangeAuto(False)
    chart.SetYAxisRange(0, 1)
    axis = a_plot.chart().GetAxis(0)
    found = (a_plot.chart().GetTitle(), axis.GetTitle(), axis.GetMinimum(), axis.GetMaximum())
    assert found == ("Scores", "probability", 0, 1)


def test_a_plot_has_ink(a_plot: Any) -> None:
    a_plot.forceRender()
    image = a_plot.pixmap.toImage()
    colours = {image.pixel(x, y) for x in range(0, 300, 2) for y in range(0, 200, 2)}
    assert len(colours) > 5


def test_a_plot_is_written_as_a_vector_graphic(a_plot: Any, tmp_path: Path) -> None:
    a_plot.saveAsSVG(str(tmp_path / "plot.svg"))
    assert "<svg" in (tmp_path / "plot.svg").read_text()


def test_a_plot_without_a_chart_is_empty(slicer: Any, a_plot: Any) -> None:
    slicer.mrmlScene.RemoveNode(a_plot.mrmlPlotViewNode().GetPlotChartNode())
    assert a_plot.chart().GetNumberOfPlots() == 0


@pytest.fixture
def a_table(slicer: Any) -> Any:
    """A table view of two rows: numbers and texts."""
    import vtk

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    for name, array in (("score", vtk.vtkDoubleArray()), ("rating", vtk.vtkStringArray())):
        array.SetName(name)
        node.AddColumn(array)
    for score in (1.5, 2.5):
        row = node.AddEmptyRow()
        node.GetTable().SetValue(row, 0, vtk.vtkVariant(score))
    view = slicer.qMRMLTableView()
    view.setMRMLTableNode(node)
    return view


def cells(view: Any) -> list[list[Any]]:
    model = view.model()
    rows, columns = range(model.rowCount()), range(model.columnCount())
    return [[model.index(row, column).data() for column in columns] for row in rows]


def test_a_table_view_shows_its_node(a_table: Any) -> None:
    assert cells(a_table) == [["1.5", ""], ["2.5", ""]]


def test_what_is_typed_into_a_table_goes_into_the_node(a_table: Any) -> None:
    model = a_table.model()
    model.setData(model.index(1, 1), "severe")
    assert a_table.mrmlTableNode().GetTable().GetValue(1, 1).ToString() == "severe"


def test_a_table_view_follows_its_node(slicer: Any, a_table: Any) -> None:
    node = a_table.mrmlTableNode()
    node.SetCellText(0, 1, "mild")
    node.AddEmptyRow()
    assert [row[1] for row in cells(a_table)] == ["mild", "", ""]


def test_a_locked_table_cannot_be_edited(qt: Any, a_table: Any) -> None:
    a_table.mrmlTableNode().SetLocked(True)
    assert a_table.editTriggers == qt.QAbstractItemView.NoEditTriggers
