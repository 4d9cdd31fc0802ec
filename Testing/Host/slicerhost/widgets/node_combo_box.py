"""qMRMLNodeComboBox: a choice among the scene's nodes."""

from __future__ import annotations

from typing import Any

import vtk
from PySide6 import QtCore, QtWidgets

from slicerhost.pythonqt.signals import HostSignal
from slicerhost.widgets.mrml import SceneHolder
from slicerhost.widgets.stand_in import in_a_row, only_parent, stand_in, stored


def fill(self: Any) -> None:
    self._fill()


@stand_in
class qMRMLNodeComboBox(SceneHolder, QtWidgets.QWidget):
    """Lists the nodes of some types and follows the scene; without a scene it is disabled.

    Which row is current after a node came or went is left to QComboBox, as in Slicer: the first
    node of an empty list without *None* becomes current, a removed one's neighbour takes its place.
    """

    currentNodeChanged = HostSignal("currentNodeChanged(vtkMRMLNode*)")
    _anyNodeChanged = HostSignal("currentNodeChanged(bool)")
    currentNodeIDChanged = HostSignal("currentNodeIDChanged(QString)")
    nodeActivated = HostSignal("nodeActivated(vtkMRMLNode*)")
    nodeAdded = HostSignal("nodeAdded(vtkMRMLNode*)")

    nodeTypes = stored("QStringList", "nodeTypes", [], fill)
    showHidden = stored(bool, "showHidden", False, fill)
    showChildNodeTypes = stored(bool, "showChildNodeTypes", True, fill)
    hideChildNodeTypes = stored("QStringList", "hideChildNodeTypes", [], fill)
    noneEnabled = stored(bool, "noneEnabled", False, fill)
    noneDisplay = stored(str, "noneDisplay", "None", fill)
    addEnabled = stored(bool, "addEnabled", True)
    removeEnabled = stored(bool, "removeEnabled", True)
    renameEnabled = stored(bool, "renameEnabled", False)
    editEnabled = stored(bool, "editEnabled", False)
    selectNodeUponCreation = stored(bool, "selectNodeUponCreation", True)
    baseName = stored(str, "baseName", "")

    def __init__(self, parent: Any = None, /) -> None:
        super().__init__(only_parent(parent))
        self._attributes: dict[tuple[str, str], str | None] = {}
        self._node_tags: list[tuple[Any, int]] = []
        self._scene_tags: list[int] = []
        self._announced: str | None = None
        self._requested = ""
        self._combo = QtWidgets.QComboBox()
        in_a_row(self, self._combo)
        self.setFocusProxy(self._combo)
        self.setEnabled(False)
        self._combo.connect("currentIndexChanged(int)", self._announce)
        self._combo.connect("activated(int)", lambda: self.nodeActivated.emit(self.currentNode()))

    # What Slicer offers

    def currentNode(self) -> Any:
        """The chosen node, None for none."""
        identifier = self._combo.currentData
        return self.mrmlScene().GetNodeByID(identifier) if identifier and self.mrmlScene() else None

    def setCurrentNode(self, node: Any) -> None:
        """Choose a node; one that is not listed yet is chosen as soon as it is."""
        self.setCurrentNodeID("" if node is None else node.GetID())

    def _current_id(self) -> str:
        return self._combo.currentData or ""

    def setCurrentNodeID(self, identifier: str) -> None:
        row = self._combo.findData(identifier) if identifier else -1
        none = 0 if self.noneEnabled else -1
        self._requested = identifier if row < 0 else ""
        self._combo.setCurrentIndex(row if row >= 0 else none)

    currentNodeID = QtCore.Property(str, _current_id, setCurrentNodeID)

    def setCurrentNodeIndex(self, index: int) -> None:
        """Choose the nth node; *None* is not counted."""
        self._combo.setCurrentIndex(index + int(self.noneEnabled))

    def nodeCount(self) -> int:
        return self._combo.count - int(self.noneEnabled)

    def nodeFromIndex(self, index: int) -> Any:
        """The nth node of the list; *None* is not counted."""
        identifier = self._combo.itemData(index + int(self.noneEnabled))
        return self.mrmlScene().GetNodeByID(identifier) if identifier else None

    def addAttribute(self, node_type: str, name: str, value: Any = None) -> None:
        """List only nodes of this type that carry an attribute (and this value, if given)."""
        self._attributes[node_type, name] = value
        self._fill()

    def removeAttribute(self, node_type: str, name: str) -> None:
        self._attributes.pop((node_type, name), None)
        self._fill()

    def addNode(self, node_type: str = "") -> Any:
        """Make a node of one of the types, the first by default; None for another type."""
        chosen = node_type or self.nodeTypes[0]
        if chosen not in self.nodeTypes:
            return None
        name = self.baseName or chosen.removeprefix("vtkMRML")
        node = self.mrmlScene().AddNewNodeByClass(chosen, name)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        return node

    # Following the scene

    def scene_changed(self, scene: Any) -> None:
        self.setEnabled(scene is not None)
        for tag in self._scene_tags:
            self._observed.RemoveObserver(tag)
        self._observed: Any = scene
        self._scene_tags = []
        if scene is not None:
            events = {
                scene.NodeAddedEvent: self._node_added,
                scene.NodeRemovedEvent: self._refill,
                scene.EndBatchProcessEvent: self._refill,
                scene.EndCloseEvent: self._refill,
                scene.EndImportEvent: self._refill,
            }
            self._scene_tags = [scene.AddObserver(e, call) for e, call in events.items()]
            tags = self._scene_tags
            self.connect("destroyed()", lambda: [scene.RemoveObserver(tag) for tag in tags])
        self._fill()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _node_added(self, caller: Any, event: Any, node: Any) -> None:
        if not caller.IsBatchProcessing() and self._is_listed(node):
            self._fill()
            self.nodeAdded.emit(node)

    def _refill(self, caller: Any, event: Any) -> None:
        if not caller.IsBatchProcessing():
            self._fill()

    def _is_listed(self, node: Any) -> bool:
        types = list(self.nodeTypes)
        fits = any(
            node.IsA(t) if self.showChildNodeTypes else node.GetClassName() == t for t in types
        )
        hidden = any(node.IsA(t) for t in self.hideChildNodeTypes)
        visible = self.showHidden or not node.GetHideFromEditors()
        return bool(fits and not hidden and visible and self._has_attributes(node))

    def _has_attributes(self, node: Any) -> bool:
        for (node_type, name), value in self._attributes.items():
            found = node.GetAttribute(name)
            if node.IsA(node_type) and (found is None or value not in (None, found)):
                return False
        return True

    def _listed(self) -> list[Any]:
        scene = self.mrmlScene()
        if scene is None:
            return []
        nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
        return [node for node in nodes if self._is_listed(node)]

    def _fill(self) -> None:
        """Bring the rows to the scene's state, one row at a time, so that the choice survives."""
        wanted = [("", self.noneDisplay)] if self.noneEnabled else []
        nodes = self._listed()
        wanted += [(node.GetID(), node.GetName() or "") for node in nodes]
        kept = {identifier for identifier, _ in wanted}
        for row in reversed(range(self._combo.count)):
            if self._combo.itemData(row) not in kept:
                self._combo.removeItem(row)
        for row, (identifier, name) in enumerate(wanted):
            if self._combo.itemData(row) != identifier or row >= self._combo.count:
                self._combo.insertItem(row, name, identifier)
            self._combo.setItemText(row, name)
        if self._requested in kept - {""}:
            self.setCurrentNodeID(self._requested)
        self._watch(nodes)
        self._announce()

    def _watch(self, nodes: list[Any]) -> None:
        """Follow the names of the listed nodes."""
        for node, tag in self._node_tags:
            node.RemoveObserver(tag)
        self._node_tags = [
            (node, node.AddObserver("ModifiedEvent", self._renamed)) for node in nodes
        ]

    def _renamed(self, node: Any, event: Any) -> None:
        row = self._combo.findData(node.GetID())
        if row >= 0 and self._combo.itemText(row) != (node.GetName() or ""):
            self._combo.setItemText(row, node.GetName() or "")

    def _announce(self) -> None:
        """Say once that another node is current."""
        if self._announced == self._current_id():
            return
        self._announced = self._current_id()
        node = self.currentNode()
        self.currentNodeChanged.emit(node)
        self._anyNodeChanged.emit(node is not None)
        self.currentNodeIDChanged.emit(self._current_id())
