"""qMRMLTableView: a table node, shown and edited."""

from __future__ import annotations

from typing import Any

import vtk
from PySide6 import QtCore, QtGui, QtWidgets

from slicerhost.widgets.mrml import SceneHolder
from slicerhost.widgets.stand_in import only_parent, stand_in

UNLISTED = QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers


@stand_in
class qMRMLTableView(SceneHolder, QtWidgets.QTableView):
    """Shows the table of a node; what is typed goes into the node, unless the node is locked."""

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))
        self._node: Any = None
        self._tag: int | None = None
        self._writing = False
        self._model = QtGui.QStandardItemModel(self)
        self.setModel(self._model)
        self._triggers = self.editTriggers
        self._model.connect("itemChanged(QStandardItem*)", self._edited)
        self.connect("destroyed()", self._forget_node)

    def mrmlTableNode(self) -> Any:
        return self._node

    def setMRMLTableNode(self, node: Any) -> None:
        self._forget_node()
        self._node = node
        if node is not None:
            self._tag = node.AddObserver("ModifiedEvent", lambda *_: self._show())
        self._show()

    def table(self) -> Any:
        return self._node.GetTable() if self._node is not None else None

    def _show(self) -> None:
        if self._writing:
            return
        self._writing = True
        try:
            self._fill()
        finally:
            self._writing = False

    def _fill(self) -> None:
        table = self.table()
        columns = table.GetNumberOfColumns() if table is not None else 0
        rows = table.GetNumberOfRows() if table is not None else 0
        self._model.setColumnCount(columns)
        self._model.setRowCount(rows)
        for column in range(columns):
            self._model.setHeaderData(
                column, QtCore.Qt.Orientation.Horizontal, table.GetColumnName(column)
            )
            for row in range(rows):
                text = table.GetValue(row, column).ToString()
                self._model.setItem(row, column, QtGui.QStandardItem(text))
        locked = self._node is not None and self._node.GetLocked()
        self.setEditTriggers(UNLISTED if locked else self._triggers)

    def _edited(self, item: Any) -> None:
        if self._writing or self._node is None:
            return
        self._writing = True
        try:
            value = vtk.vtkVariant(item.text())
            self.table().SetValue(item.row(), item.column(), value)
            self._node.GetTable().GetColumn(item.column()).Modified()
            self._node.Modified()
        finally:
            self._writing = False

    def _forget_node(self) -> None:
        if self._node is not None and self._tag is not None:
            self._node.RemoveObserver(self._tag)
        self._tag = None
