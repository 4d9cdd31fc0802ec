"""What the network will run on, and how a GPU is set up."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest


@pytest.fixture
def no_look_for_a_gpu() -> None:
    """Here there is one, in place of the fixture that spares it."""


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.distribution

    def distribution(name: str) -> metadata.Distribution:
        if name == "torch":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "distribution", distribution)


def test_the_gpu_is_tried_in_a_child_and_the_line_says_what_came_of_it(host, panel):
    pytest.importorskip("torch")
    host.wait_until(lambda: "Looking" not in panel.ui.deviceLabel.text, 60)
    text = panel.ui.deviceLabel.text
    assert "PyTorch" in text
    assert ("CPU" in text) != ("Runs on the GPU" in text)


@pytest.mark.usefixtures("without_torch")
def test_without_pytorch_the_line_says_so_at_once(host, panel):
    from MotionQCLib.gui.parameters import Device

    panel.device.close()
    panel.device.look_again()
    panel.device.show(Device.AUTO)
    assert panel.ui.deviceLabel.text == "Runs on the CPU; no GPU: PyTorch is not installed."
    panel.device.show(Device.GPU)
    assert panel.ui.deviceLabel.text == "No GPU can be used: PyTorch is not installed."
    panel.device.show(Device.CPU)
    assert panel.ui.deviceLabel.text == "Runs on the CPU."
    assert not panel.ui.gpuButton.visible


@pytest.mark.usefixtures("without_torch")
def test_a_gpu_needs_the_pytorch_extension_and_the_panel_says_how_to_get_it(host, panel):
    from MotionQCLib.gui.parameters import Device

    panel.device.close()
    panel.device.look_again()
    panel.device.show(Device.GPU)
    panel.ui.gpuButton.click()
    assert "Extension Manager" in host.messages[-1].text


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (None, "was not installed"),
        (TypeError("expected str instance, NoneType found"), "press Uninstall"),
        (RuntimeError("No connection\nand more"), "(No connection). Check the network"),
    ],
)
@pytest.mark.usefixtures("without_torch")
def test_an_installation_that_fails_is_one_line_with_a_way_out(
    host, panel, monkeypatch, outcome, said
):
    from MotionQCLib.gui.parameters import Device

    asked = []

    def install(**options):
        asked.append(options)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    extension = SimpleNamespace(PyTorchUtilsLogic=lambda: SimpleNamespace(installTorch=install))
    monkeypatch.setitem(sys.modules, "PyTorchUtils", extension)
    panel.device.close()
    panel.device.look_again()
    panel.device.show(Device.GPU)
    panel.ui.gpuButton.click()
    assert asked[0]["askConfirmation"] is True
    assert said in host.messages[-1].text
    assert "\n" not in host.messages[-1].text


def test_a_damaged_pytorch_is_told_with_a_way_out(host, panel, monkeypatch, tmp_path):
    from MotionQCLib.gui.parameters import Device

    # A package that fails as a half-installed PyTorch does.
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("_C.init()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    panel.device.close()
    panel.device.look_again()
    panel.device.show(Device.AUTO)
    host.wait_until(lambda: "Looking" not in panel.ui.deviceLabel.text, 60)
    assert "press Uninstall" in panel.ui.deviceLabel.text
    assert "NameError" in panel.ui.deviceLabel.text
    assert panel.ui.gpuButton.visible
