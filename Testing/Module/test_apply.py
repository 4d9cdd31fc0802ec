"""Applying a motion to a volume, in a real child process."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from .test_score import child_of, hold_up_writing, left_folders


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
    pid = child_of(host, panel.simulate.applying)
    panel.ui.applyButton.click()
    host.wait_until(lambda: not panel.simulate.applying.busy, 5)
    assert len(volumes()) == 1
    assert panel.ui.applyButton.text == "Apply to volume"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_stop_while_the_scan_is_written_makes_no_volume(host, panel, a_head_file, monkeypatch):
    choose(host, panel, a_head_file)
    hold_up_writing(monkeypatch)
    panel.ui.applyButton.click()
    host.wait(0.2)
    assert panel.ui.applyButton.text == "Stop"
    panel.ui.applyButton.click()
    assert panel.ui.simulateMessage.text == "Stopped; no volume was made."
    assert panel.ui.applyButton.text == "Apply to volume"
    assert panel.ui.applyButton.enabled
    assert len(volumes()) == 1
    assert left_folders() == []


def test_a_volume_that_finds_no_memory_is_one_line(host, panel, a_head_file, monkeypatch):
    from MotionQCLib.gui import applying

    def load(*_, **__):
        raise MemoryError

    choose(host, panel, a_head_file)
    monkeypatch.setattr(applying.np, "load", load)
    panel.ui.applyButton.click()
    host.wait_until(lambda: not panel.simulate.applying.busy, 120)
    assert "not enough memory" in panel.ui.simulateMessage.text
    assert panel.ui.applyButton.text == "Apply to volume"
    assert left_folders() == []


def test_a_scene_that_closes_before_a_volume_has_joined_it_gets_none(
    host, panel, a_head_file, monkeypatch
):
    choose(host, panel, a_head_file)
    applying = panel.simulate.applying
    monkeypatch.setattr(applying._next, "request", lambda: None)
    panel.ui.applyButton.click()
    host.wait_until(lambda: applying._join is not None, 120)
    assert applying.busy
    assert panel.ui.applyButton.text == "Stop"
    host.close_scene()
    assert not applying.busy
    host.wait(0.1)
    assert volumes() == []


def test_scoring_the_preview_shows_predicted_against_true(host, panel, a_head_file):
    choose(host, panel, a_head_file)
    panel.ui.scorePreviewButton.click()
    host.wait_until(lambda: panel.ui.truthLabel.visible, 200)
    assert "Motion put in" in panel.ui.truthLabel.text
    assert "edge" in panel.ui.truthLabel.text


def preset_names(panel) -> list[str]:
    selector = panel.ui.presetSelector
    return [selector.itemText(index) for index in range(selector.count)]


def take_preset(panel, name: str) -> None:
    panel.ui.presetSelector.setCurrentIndex(preset_names(panel).index(name))


def test_presets_set_the_panel(panel):
    from MotionQCLib.gui.parameters import Pattern

    for wanted in ("None", "Mild", "Moderate", "Severe"):
        assert wanted in preset_names(panel)
    take_preset(panel, "Severe")
    assert panel.parameters.translation == 4.0
    assert panel.parameters.pattern is Pattern.STEPS
    assert not panel.ui.deletePresetButton.enabled


def test_a_preset_of_ones_own_holds_every_setting_until_it_is_deleted(host, panel):
    from MotionQCLib.gui.parameters import Pattern, PivotRule, SlabAxis

    parameters = panel.parameters
    mine = {
        "pattern": Pattern.NOD,
        "events": 7,
        "same_for_all_axes": False,
        "rotation_a": 4.5,
        "axis": SlabAxis.SI,
        "at_onset": True,
        "onset": 0.25,
        "pivot": PivotRule.POINT,
        "pivot_s": -31.0,
        "seed": 99,
    }
    for name, value in mine.items():
        setattr(parameters, name, value)
    host.answer("Ours")
    panel.ui.savePresetButton.click()
    take_preset(panel, "Severe")
    for name in ("pattern", "events", "same_for_all_axes"):
        assert getattr(parameters, name) != mine[name]
    take_preset(panel, "Ours")
    parameters.seed = 1
    take_preset(panel, "Ours")
    assert {name: getattr(parameters, name) for name in mine} == mine
    panel.ui.deletePresetButton.click()
    assert "Ours" not in preset_names(panel)


def test_a_preset_may_not_take_the_name_of_one_that_comes_with_the_module(host, panel):
    host.answer("Severe")
    panel.ui.savePresetButton.click()
    assert preset_names(panel).count("Severe") == 1
    assert "another name" in panel.ui.simulateMessage.text


@pytest.mark.parametrize(
    "stored",
    [
        "no json",
        '{"name": 1}',
        '[{"name": "x"}, 5, {"name": "y", "settings": {"pattern": "jump"}}]',
        '[{"name": "z", "settings": {"rotation": "fast"}}]',
        '[{"name": "z", "settings": {"scan": 1}}]',
        '[{"name": "z", "settings": {"rotation": 50}}]',
        '[{"name": "z", "settings": {"events": 1e999}}]',
        "5",
        "true",
    ],
)
def test_stored_presets_that_cannot_be_read_are_passed_over(host, panel, stored, the_settings):
    from MotionQCLib.gui import presets

    the_settings.setValue("MotionQC/Presets", stored)
    assert presets.own() == []


def test_a_preset_of_another_version_outlives_saving_and_deleting(host, panel, the_settings):
    from MotionQCLib.gui import presets

    newer = {"name": "newer", "settings": {"gating": "cardiac"}}
    the_settings.setValue("MotionQC/Presets", json.dumps([newer]))
    presets.save(presets.of_panel("Ours", panel.parameters))
    presets.delete("Ours")
    assert json.loads(the_settings.value("MotionQC/Presets")) == [newer]


def test_the_selector_names_a_preset_only_while_the_panel_is_set_to_it(panel):
    take_preset(panel, "Severe")
    panel.parameters.translation = 1.0
    assert panel.ui.presetSelector.currentText == "Choose …"
    take_preset(panel, "Severe")
    assert panel.parameters.translation == 4.0


@pytest.fixture
def the_settings():
    """The user's settings, put back afterwards."""
    import qt

    settings = qt.QSettings()
    before = settings.value("MotionQC/Presets")
    yield settings
    settings.setValue("MotionQC/Presets", before or "[]")


def test_a_moved_scan_is_saved_with_its_recipe_beside_it(host, panel, a_head_file, tmp_path):
    import nibabel

    from MotionQCLib.motion.recipe import trajectory_from_json

    choose(host, panel, a_head_file)
    assert not panel.ui.saveMovedButton.enabled
    panel.ui.applyButton.click()
    host.wait_until(lambda: panel.ui.saveMovedButton.enabled, 120)
    host.answer(str(tmp_path / "moved.nii.gz"))
    panel.ui.saveMovedButton.click()
    assert "Saved" in panel.ui.simulateMessage.text
    recipe = json.loads((tmp_path / "moved.json").read_text())
    assert nibabel.load(tmp_path / "moved.nii.gz").shape == (99, 117, 95)
    assert {"motion_score_mm", "scores", "poses", "onsets", "axis", "pivot", "seed", "source"} <= {
        *recipe
    }
    assert len(trajectory_from_json(recipe).onsets) == len(recipe["onsets"])


def test_motion_put_into_a_moved_scan_is_said_to_come_on_top(host, panel, a_head_file):
    from MotionQCLib.gui.stored_result import store_result

    node = choose(host, panel, a_head_file)
    assert panel.ui.sourceNote.isHidden()
    classes = {"none to mild": 0.1, "moderate": 0.8, "severe": 0.1}
    result = {
        "motion_score_mm": 1.62,
        "bins": {"centers": [0.0, 4.0], "probability": [0.5, 0.5]},
        "qc": {"class": "moderate", "probability": classes, "basis": "score"},
    }
    store_result(node, result)
    panel.simulate.update()
    assert "1.62 mm (moderate)" in panel.ui.sourceNote.text
    assert not panel.ui.sourceNote.isHidden()


def test_the_dice_draws_another_motion(host, panel):
    seed = panel.parameters.seed
    panel.ui.diceButton.click()
    assert panel.parameters.seed != seed
