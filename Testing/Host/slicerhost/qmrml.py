"""Slicer's own widget classes, put into `slicer`."""

from __future__ import annotations

from types import ModuleType

from slicerhost import modules
from slicerhost.widgets import mrml, node_combo_box, plot_view, slice_widget, table_view

CLASSES = (
    mrml.qMRMLWidget,
    mrml.qSlicerWidget,
    modules.qSlicerScriptedLoadableModule,
    modules.qSlicerScriptedLoadableModuleWidget,
    node_combo_box.qMRMLNodeComboBox,
    plot_view.qMRMLPlotView,
    slice_widget.qMRMLSliceView,
    slice_widget.qMRMLSliceWidget,
    table_view.qMRMLTableView,
)


def install(slicer: ModuleType) -> None:
    """Publish the classes; one that is not listed does not exist."""
    for cls in CLASSES:
        setattr(slicer, cls.__name__, cls)
