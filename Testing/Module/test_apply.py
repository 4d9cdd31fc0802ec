"""Applying a motion to a volume, in a real child process."""

from __future__ import annotations

import os

import numpy as np
import pytest


def choose(host, panel, path):
    node = host.load_scan(path)
    panel.ui.scanSelector.setCurrentNode(node)
    host.wait_until(lambda: panel.ui.applyButton.enabled, 20)
    return node


def volumes() -> list:
    import slicer

    return slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")


def test_the_moved_volume_is_the_simulation_and_carries_its_recipe(host, panel, a_head_file):
    from MotionQCLib.gui.applying import recipe_of
    from MotionQCLib.gui.scan_volume import affine_of, voxels_of
    from MotionQCLib.motion import scores, simulate
    from MotionQCLib.motion.recipe import trajectory_from_json

    node = choose(host, panel, a_head_file)
    before = np.array(voxels_of(node))
    panel.ui.applyButton.click()
    host.wait_until(lambda: len(volumes()) == 2, 120)
    moved = next(each for each in volumes() if each.GetID() != node.GetID())
    recipe = recipe_of(moved)
    trajectory = trajectory_from_json(recipe)
    expected = simulate(before, affine_of(node), trajectory)
    np.testing.assert_allclose(voxels_of(moved), expected, atol=2e-4 * expected.max())
    np.testing.assert_array_equal(voxels_of(node), before)
    np.testing.assert_allclose(affine_of(moved), affine_of(node))
    truth = scores(before, affine_of(node), trajectory)
    assert recipe["motion_score_mm"] == pytest.approx(truth.edge)
    assert recipe["seed"] == panel.parameters.seed


def test_the_recipe_survives_saving_the_scene(host, panel, a_head_file, tmp_path):
    from MotionQCLib.gui.applying import recipe_of

    choose(host, panel, a_head_file)
    panel.ui.applyButton.click()
    host.wait_until(lambda: len(volumes()) == 2, 120)
    recipes = [recipe_of(node) for node in volumes()]
    host.save_scene(tmp_path / "scene.mrb")
    host.load_scene(tmp_path / "scene.mrb")
    assert [recipe_of(node) for node in volumes()] == recipes


def test_stop_makes_no_volume(host, panel, a_head_file):
    choose(host, panel, a_head_file)
    panel.ui.applyButton.click()
    pid = panel.simulate.applying.pid
    panel.ui.applyButton.click()
    host.wait_until(lambda: not panel.simulate.applying.busy, 5)
    assert len(volumes()) == 1
    assert panel.ui.applyButton.text == "Apply to volume"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_scoring_the_preview_shows_predicted_against_true(host, panel, a_head_file):
    choose(host, panel, a_head_file)
    panel.ui.scorePreviewButton.click()
    host.wait_until(lambda: panel.ui.truthLabel.visible, 200)
    assert "Motion put in" in panel.ui.truthLabel.text
    assert "edge" in panel.ui.truthLabel.text


def test_presets_set_the_panel_and_ones_own_are_kept(host, panel):
    from MotionQCLib.gui.parameters import Pattern

    selector = panel.ui.presetSelector
    names = [selector.itemText(i) for i in range(selector.count)]
    for wanted in ("None", "Mild", "Moderate", "Severe"):
        assert wanted in names
    index = names.index("Severe")
    selector.setCurrentIndex(index)
    assert panel.parameters.translation == 4.0
    assert panel.parameters.pattern is Pattern.STEPS
    host.answer("Ours")
    panel.ui.savePresetButton.click()
    assert "Ours" in [selector.itemText(i) for i in range(selector.count)]


def test_the_dice_draws_another_motion(host, panel):
    seed = panel.parameters.seed
    panel.ui.diceButton.click()
    assert panel.parameters.seed != seed
