"""qMRMLNodeComboBox follows the scene.

Source: Slicer, `Libs/MRML/Widgets/qMRMLNodeComboBox.h`.
"""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def a_selector(slicer: Any) -> Any:
    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    selector.noneEnabled = True
    selector.setMRMLScene(slicer.mrmlScene)
    return selector


def test_it_lists_the_nodes_of_its_types(slicer: Any, a_selector: Any, a_volume: Any) -> None:
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    assert a_selector.nodeCount() == 1
    assert a_selector.nodeFromIndex(0) is a_volume


def test_with_none_nothing_is_chosen_by_itself(a_selector: Any, a_volume: Any) -> None:
    assert a_selector.currentNode() is None
    assert a_selector.currentNodeID == ""


def test_without_none_the_first_node_is_chosen(slicer: Any, a_selector: Any) -> None:
    a_selector.noneEnabled = False
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    assert a_selector.currentNode() is volume


def test_a_choice_is_signalled_in_every_form(a_selector: Any, a_volume: Any) -> None:
    heard: list[Any] = []
    a_selector.connect("currentNodeChanged(vtkMRMLNode*)", heard.append)
    a_selector.connect("currentNodeChanged(bool)", heard.append)
    a_selector.connect("currentNodeIDChanged(QString)", heard.append)
    a_selector.setCurrentNode(a_volume)
    assert heard == [a_volume, True, a_volume.GetID()]


def test_a_choice_is_made_by_identifier(a_selector: Any, a_volume: Any) -> None:
    a_selector.currentNodeID = a_volume.GetID()
    assert a_selector.currentNode() is a_volume


def test_a_removed_node_is_not_chosen_any_more(slicer: Any, a_selector: Any, a_volume: Any) -> None:
    heard: list[Any] = []
    a_selector.setCurrentNode(a_volume)
    a_selector.connect("currentNodeChanged(vtkMRMLNode*)", heard.append)
    slicer.mrmlScene.RemoveNode(a_volume)
    assert (a_selector.currentNode(), heard) == (None, [None])


def test_closing_the_scene_empties_it(host: Any, a_selector: Any, a_volume: Any) -> None:
    a_selector.setCurrentNode(a_volume)
    host.close_scene()
    assert (a_selector.nodeCount(), a_selector.currentNode()) == (0, None)


def test_the_choice_survives_other_nodes(slicer: Any, a_selector: Any, a_volume: Any) -> None:
    heard: list[Any] = []
    a_selector.setCurrentNode(a_volume)
    a_selector.connect("currentNodeChanged(vtkMRMLNode*)", heard.append)
    other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    slicer.mrmlScene.RemoveNode(other)
    assert (a_selector.currentNode(), heard) == (a_volume, [])


def test_child_types_are_listed_unless_excluded(slicer: Any, a_selector: Any) -> None:
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    assert a_selector.nodeCount() == 1
    a_selector.showChildNodeTypes = False
    assert a_selector.nodeCount() == 0


def test_hidden_nodes_are_listed_on_demand(a_selector: Any, a_volume: Any) -> None:
    a_volume.SetHideFromEditors(True)
    a_selector.showHidden = True
    assert a_selector.nodeCount() == 1
    a_selector.showHidden = False
    assert a_selector.nodeCount() == 0


def test_only_nodes_with_an_attribute_are_listed(a_selector: Any, a_volume: Any) -> None:
    a_selector.addAttribute("vtkMRMLScalarVolumeNode", "MotionQC.Preview")
    assert a_selector.nodeCount() == 0
    a_volume.SetAttribute("MotionQC.Preview", "1")
    a_selector.removeAttribute("vtkMRMLScalarVolumeNode", "MotionQC.Preview")
    assert a_selector.nodeCount() == 1


def test_a_new_name_is_shown(slicer: Any, a_selector: Any, a_volume: Any) -> None:
    a_selector.setCurrentNode(a_volume)
    a_volume.SetName("renamed")
    assert a_selector.findChild(type_of_combo()).currentText == "renamed"


def test_a_node_asked_for_too_early_is_chosen_when_it_comes(slicer: Any, a_selector: Any) -> None:
    scene = slicer.mrmlScene
    scene.StartState(scene.BatchProcessState)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    a_selector.setCurrentNode(volume)
    scene.EndState(scene.BatchProcessState)
    assert a_selector.currentNode() is volume


def test_create_new_makes_and_chooses_a_node(a_selector: Any) -> None:
    a_selector.baseName = "Moved"
    node = a_selector.addNode()
    assert (a_selector.currentNode(), node.GetName()) == (node, "Moved")


def test_a_node_of_a_type_that_is_not_listed_is_not_made(a_selector: Any) -> None:
    assert a_selector.addNode("vtkMRMLTableNode") is None


def test_it_is_disabled_until_it_has_a_scene(slicer: Any) -> None:
    selector = slicer.qMRMLNodeComboBox()
    without = selector.enabled
    selector.setMRMLScene(slicer.mrmlScene)
    assert (without, selector.enabled) == (False, True)


def type_of_combo() -> Any:
    from PySide6.QtWidgets import QComboBox

    return QComboBox
