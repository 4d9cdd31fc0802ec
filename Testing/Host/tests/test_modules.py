"""A scripted module is loaded, opened, left, reloaded and unloaded as in Slicer.

Sources: `qSlicerScriptedLoadableModule.cxx`, `qSlicerScriptedLoadableModuleWidget.cxx`,
`ScriptedLoadableModule.py`, `slicer.util.reloadScriptedModule`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parent / "example_module" / "ExampleModule.py"


def test_loading_makes_no_panel(host: Any, slicer: Any) -> None:
    module = host.load_module(EXAMPLE)
    assert (module.title, module.categories) == ("Example", ("Examples",))
    assert slicer.modules.examplemodule is module
    assert not hasattr(slicer.modules, "ExampleModuleWidget")


def test_the_start_of_slicer_is_completed_after_loading(host: Any, slicer: Any) -> None:
    host.load_module(EXAMPLE)
    assert slicer.modules.ExampleModuleInstance.started is True


def test_opening_sets_up_once_and_enters_each_time(host: Any, slicer: Any) -> None:
    panel = host.open_module(EXAMPLE)
    assert slicer.modules.ExampleModuleWidget is panel
    assert panel.parent.isEntered
    host.leave_module()
    assert not panel.parent.isEntered
    assert panel._parameterNode is None
    assert host.open_module(EXAMPLE) is panel
    assert panel._parameterNode is not None


def test_a_module_is_selected_by_name(host: Any, slicer: Any) -> None:
    host.load_module(EXAMPLE)
    slicer.util.selectModule("ExampleModule")
    assert slicer.modules.ExampleModuleWidget.parent.isEntered


def test_the_panel_works(host: Any, slicer: Any, a_panel: Any, a_scan_file: Path) -> None:
    volume = host.load_scan(a_scan_file)
    assert a_panel.ui.applyButton.enabled is False
    a_panel.ui.inputSelector.setCurrentNode(volume)
    a_panel.ui.applyButton.click()
    preview = slicer.util.arrayFromVolume(a_panel._parameterNode.previewVolume)
    assert preview.max() == 110
    assert a_panel.ui.statusLabel.text == "done"


def test_a_slider_reaches_the_views(host: Any, a_panel: Any, a_scan_file: Path) -> None:
    a_panel.ui.inputSelector.setCurrentNode(host.load_scan(a_scan_file))
    a_panel.ui.liveCheckBox.checked = True
    host.wait(0.1)
    before = host.views_rendered
    host.drag(a_panel.ui.amountSlider, [20, 30])
    host.wait_until(lambda: host.views_rendered > before)
    assert a_panel._parameterNode.amount == 30


def test_closing_the_scene_makes_new_parameters_while_the_panel_is_open(
    host: Any, a_panel: Any
) -> None:
    a_panel._parameterNode.amount = 33.0
    host.close_scene()
    assert a_panel._parameterNode.amount == 10.0
    assert a_panel.ui.amountSlider.value == 10.0


def test_results_survive_a_saved_scene(
    host: Any, a_panel: Any, a_scan_file: Path, tmp_path: Path
) -> None:
    a_panel.ui.inputSelector.setCurrentNode(host.load_scan(a_scan_file))
    a_panel.ui.amountSlider.value = 55
    a_panel.ui.applyButton.click()
    host.save_scene(tmp_path / "scene.mrb")
    host.load_scene(tmp_path / "scene.mrb")
    assert a_panel.ui.amountSlider.value == 55
    assert a_panel.ui.inputSelector.currentNode().GetName() == "ball"
    assert a_panel._parameterNode.previewVolume.GetName() == "Preview"


def test_reloading_runs_the_file_again_and_cleans_up_the_old_panel(
    host: Any, slicer: Any, a_panel: Any
) -> None:
    loaded = sys.modules["ExampleModule"]
    a_panel.ui.amountSlider.value = 44
    fresh = host.reload_module()
    assert sys.modules["ExampleModule"] is not loaded
    assert (a_panel._parameterNode, a_panel.Observations) == (None, [])
    assert fresh is not a_panel
    assert fresh.ui.amountSlider.value == 44


def test_ending_cleans_up(host: Any, slicer: Any, a_panel: Any) -> None:
    host.close_module()
    assert a_panel.Observations == []
    assert not hasattr(slicer.modules, "examplemodule")


def test_a_hook_that_raises_fails_the_test_but_not_the_host(
    host: Any, a_panel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(a_panel), "exit", lambda self: 1 / 0)
    host.leave_module()
    assert "ZeroDivisionError" in host.take_failures()[0]


def test_the_self_test_is_found_by_name_and_run(slicer: Any, a_panel: Any, a_volume: Any) -> None:
    slicer.selfTests["ExampleModule"]()
    # The example's self-test begins with an empty scene.
    assert slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") == []


def test_a_self_test_that_fails_says_so(
    slicer: Any, a_panel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = sys.modules["ExampleModule"].ExampleModuleTest
    monkeypatch.setattr(case, "runTest", lambda self: self.fail("not as it should be"))
    with pytest.raises(AssertionError, match="not as it should be"):
        slicer.selfTests["ExampleModule"]()


def test_resources_are_beside_the_module(a_panel: Any) -> None:
    assert Path(a_panel.resourcePath("UI/ExampleModule.ui")).is_file()


def test_a_developers_panel_has_a_reload_button(host: Any, qt: Any, slicer: Any) -> None:
    qt.QSettings().setValue("Developer/DeveloperMode", True)
    panel = host.open_module(EXAMPLE)
    panel.reloadButton.click()
    assert slicer.modules.ExampleModuleWidget is not panel


def test_the_parameter_node_is_one_a_scene(slicer: Any, a_panel: Any) -> None:
    first = a_panel.logic.getParameterNode().parameterNode
    assert a_panel.logic.getParameterNode().parameterNode is first
    assert first.GetAttribute("ModuleName") == "ExampleModule"
