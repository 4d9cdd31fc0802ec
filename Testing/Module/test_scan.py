"""Choosing a scan: what the panel says of it."""

from __future__ import annotations

import numpy as np

from .conftest import MODULE


def said(host, panel, words: str) -> str:
    host.wait_until(lambda: words in panel.ui.scanLabel.text, 20)
    return panel.ui.scanLabel.text


def test_a_scan_is_described_with_grid_spacing_and_orientation(host, panel, a_head_file):
    panel.ui.scanSelector.setCurrentNode(host.load_scan(a_head_file))
    text = said(host, panel, "Looks like")
    assert "99 × 117 × 95 voxels of 2 × 2 × 2 mm" in text
    assert "RAS" in text
    assert panel.ui.scoreButton.enabled


def test_a_scan_that_is_there_when_the_module_opens_is_taken(host, a_head_file):
    node = host.load_scan(a_head_file)
    widget = host.open_module(MODULE)
    assert widget.panel.ui.scanSelector.currentNode().GetID() == node.GetID()


def test_a_tilted_scan_is_called_tilted(host, panel, an_oblique_head_file):
    panel.ui.scanSelector.setCurrentNode(host.load_scan(an_oblique_head_file))
    assert "tilted by 17°" in said(host, panel, "tilted")


def test_a_parent_transform_is_stated_and_ignored(host, panel, a_head_file):
    import slicer

    node = host.load_scan(a_head_file)
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetAndObserveTransformNodeID(transform.GetID())
    panel.ui.scanSelector.setCurrentNode(node)
    assert "transform is ignored" in said(host, panel, "transform")


def test_what_is_no_head_is_said_to_be_none(host, panel):
    import slicer

    noise = np.random.default_rng(0).uniform(0, 10, (60, 60, 60)).astype(np.float32)
    noise[:20] = 0
    panel.ui.scanSelector.setCurrentNode(slicer.util.addVolumeFromArray(noise, name="noise"))
    assert "a score would mean nothing" in said(host, panel, "No head was found")


def test_a_constant_volume_cannot_be_scored_and_the_panel_says_why(host, panel):
    import slicer

    flat = slicer.util.addVolumeFromArray(np.ones((60, 60, 60), np.float32), name="flat")
    panel.ui.scanSelector.setCurrentNode(flat)
    assert "flat" in said(host, panel, "every voxel")
    assert not panel.ui.scoreButton.enabled
    assert not panel.ui.previewButton.enabled


def test_without_a_scan_nothing_can_be_pressed(host, panel):
    said(host, panel, "Choose")
    assert not panel.ui.scoreButton.enabled
    assert not panel.ui.applyButton.enabled
