"""Training from the panel: real runs on miniature heads, in real processes."""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
from importlib import metadata
from pathlib import Path

import pytest

TINY_PRETRAINING = """
grid: [64, 64, 64]
samples: {crop: [32, 32, 32], ramp: 4}
validation: 0.25
test: 0.25
validation_draws: 1
whole_volumes: 2
steps: %d
batch: 1
epoch: %d
warmup: 1
average: 0.3
"""
TINY_FINETUNING = (
    "{folds: 2, repeats: 2, inner: 3, epochs: 8, patience: 3, draws: 100, "
    "least_scans: 3, least_subjects: 3}"
)

pytestmark = pytest.mark.usefixtures("own_models")


@pytest.fixture(scope="module")
def a_manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six small heads of two sites, rated."""
    import nibabel
    import numpy as np
    from scipy import ndimage

    folder = tmp_path_factory.mktemp("heads")
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    affine[:3, 3] = -96
    i, j, k = np.ogrid[tuple(slice(-1, 1, 64j) for _axis in range(3))]
    radius = np.sqrt((i / 0.75) ** 2 + (j / 0.85) ** 2 + (k / 0.8) ** 2)
    lines = ["path\tsubject\tsite\trating"]
    for number in range(6):
        rng = np.random.default_rng(number)
        folds = ndimage.gaussian_filter(rng.standard_normal(radius.shape), 2)
        tissue = np.where(folds > 0, 900.0, 550.0)
        head = np.where(radius < 0.8, tissue, np.where(radius < 0.9, 260.0, 1000.0))
        voxels = np.where(radius < 1.0, head, 0.0) + rng.uniform(0, 10, radius.shape)
        name = f"sub-{number:02d}.nii.gz"
        nibabel.save(nibabel.Nifti1Image(voxels.astype(np.float32), affine), folder / name)
        lines.append(f"{name}\tsub-{number:02d}\tsite{number % 2}\t{(number + 1) // 2 % 2}")
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n")
    return folder / "manifest.tsv"


@pytest.fixture
def train(host, panel, a_manifest, tmp_path):
    """The part, unfolded, with heads and an empty run folder chosen; nothing is left running."""
    ui = panel.ui
    ui.trainSection.collapsed = False
    ui.trainManifest.currentPath = str(a_manifest)
    choose_folder(host, panel, tmp_path / "run")
    yield panel.train
    run = panel.train.run
    if run.own:
        run.stop()
        run.stop()
        host.wait_until(lambda: not run.running, 60)


def choose_folder(host, panel, folder: Path) -> None:
    panel.ui.trainFolder.currentPath = str(folder)
    host.wait_until(lambda: panel.train.run.folder and panel.train.run.folder.path == folder)


def choose_pretraining(panel, tmp_path: Path, steps: int, epoch: int = 2) -> None:
    from MotionQCLib.gui.parameters import Training

    panel.parameters.training = Training.PRETRAIN
    configure(panel, tmp_path, TINY_PRETRAINING % (steps, epoch))


def configure(panel, tmp_path: Path, text: str) -> None:
    (tmp_path / "tiny.yaml").write_text(text)
    panel.ui.trainConfig.currentPath = str(tmp_path / "tiny.yaml")


def finish(host, train, seconds: float = 300) -> None:
    host.wait_until(lambda: not train.run.running, seconds)


def lines_of(text: str) -> list[str]:
    return text.strip().splitlines()


def test_a_check_says_what_the_manifest_holds(host, panel, train):
    ui = panel.ui
    ui.checkButton.click()
    assert ui.checkButton.text == "Stop"
    host.wait_until(lambda: not train.check.busy, 240)
    assert "Ready to train" in ui.checkLabel.text
    assert "6 scans of 6 subjects" in ui.checkLabel.text
    assert "3 rated “1”" in ui.checkLabel.text
    assert ui.checkButton.text == "Check"


def test_a_bad_manifest_is_one_line(host, panel, train, tmp_path):
    bad = tmp_path / "bad.tsv"
    bad.write_text("path\trating\nx.nii\t1\n")
    panel.ui.trainManifest.currentPath = str(bad)
    choose_folder(host, panel, tmp_path / "run")
    panel.ui.checkButton.click()
    host.wait_until(lambda: not train.check.busy, 240)
    assert "no column subject, site" in panel.ui.trainMessage.text
    assert len(lines_of(panel.ui.trainMessage.text)) == 1
    assert not panel.ui.checkLabel.visible
    panel.ui.trainButton.click()
    finish(host, train)
    assert "no column subject, site" in panel.ui.trainMessage.text
    assert len(lines_of(panel.ui.trainMessage.text)) == 1


def test_a_check_that_cannot_begin_says_why(panel, train, monkeypatch):
    def no_python(*_):
        raise OSError(13, "Permission denied", "python-real")

    monkeypatch.setattr(train.check._call, "_start", no_python)
    panel.ui.checkButton.click()
    assert "python-real: Permission denied" in panel.ui.trainMessage.text
    assert panel.ui.checkButton.text == "Check"


def test_a_folder_is_suggested_until_the_user_names_one(host, panel, a_manifest, tmp_path):
    from MotionQCLib.gui.parameters import Training

    ui = panel.ui
    ui.trainManifest.currentPath = str(a_manifest)
    near = a_manifest.parent / "motionqc-runs"
    assert ui.trainFolder.currentPath == str(near / "manifest-finetune")
    panel.parameters.training = Training.PRETRAIN
    assert ui.trainFolder.currentPath == str(near / "manifest-pretrain")
    ui.trainFolder.currentPath = str(tmp_path)
    panel.parameters.training = Training.FINETUNE
    assert ui.trainFolder.currentPath == str(tmp_path)


def test_a_finished_run_is_still_shown_in_another_scene_and_followed_by_a_new_one(
    host, panel, train, a_manifest, tmp_path
):
    from MotionQCLib.jobs.run_folder import RunFolder, RunState

    ui = panel.ui
    folder = RunFolder(tmp_path / "run")
    folder.prepare(["pretrain", "--data", "elsewhere.tsv"])
    record = {"sessions": [{"outcome": "complete", "model": str(tmp_path / "no.safetensors")}]}
    (folder.path / "run.json").write_text(json.dumps(record))
    choose_folder(host, panel, tmp_path)
    choose_folder(host, panel, folder.path)
    for _scene in range(2):
        assert train.run.state is RunState.COMPLETE
        assert ui.trainResultFrame.visible
        assert "no such file" in ui.trainResultLabel.text
        assert panel.parameters.training.value == "pretrain"
        assert ui.trainFolder.currentPath == str(folder.path)
        assert ui.trainManifest.currentPath == str(a_manifest)
        host.close_scene()
    ui.useModelButton.click()
    assert "no such file" in ui.trainMessage.text
    configure(panel, tmp_path, "{")
    ui.trainButton.click()
    assert ui.trainFolder.currentPath == str(tmp_path / "run-2")
    finish(host, train)
    assert len(lines_of(ui.trainMessage.text)) == 1


def test_without_a_manifest_nothing_begins(host, panel, train):
    panel.ui.trainManifest.currentPath = ""
    for button in (panel.ui.checkButton, panel.ui.trainButton):
        button.click()
        assert "Choose a manifest" in panel.ui.trainMessage.text
    assert not train.run.running


def test_a_pretraining_is_stopped_outlives_the_scene_and_is_resumed(host, panel, train, tmp_path):
    ui = panel.ui
    choose_pretraining(panel, tmp_path, steps=40)
    ui.trainButton.click()
    assert ui.trainButton.text == "Stop"
    assert not ui.trainManifest.enabled
    host.wait_until(lambda: ui.trainPlotFrame.visible, 300)
    assert ui.trainProgress.format.startswith("step ")
    assert "loss" in ui.trainMessage.text
    host.close_scene()
    assert train.run.running, "a run belongs to its folder"
    host.wait_until(lambda: ui.trainPlotFrame.visible, 60)
    ui.trainButton.click()
    assert ui.trainButton.text == "Stop at once"
    finish(host, train)
    assert ui.trainButton.text == "Resume"
    assert "Stopped at step" in ui.trainMessage.text
    done = max(train.run.log.figures["train_loss"])
    assert done < 40
    # What is left is short: the run goes on with its own command, whatever the form says.
    configure(panel, tmp_path, TINY_PRETRAINING % (done + 2, 2))
    ui.trainButton.click()
    finish(host, train)
    assert "Finished" in ui.trainMessage.text, train.run.log.lines
    assert min(train.run.log.figures["train_loss"]) <= done < train.run.log.progress.step
    assert "mean absolute error" in ui.trainResultLabel.text
    ui.trainName.text = "ours"
    ui.useModelButton.click()
    assert ui.modelSelector.currentText == "ours"
    assert panel.parameters.model == "ours"
    panel.score.models.path()


def test_ratings_are_learned_and_the_result_is_a_table(host, a_small_base, panel, train, tmp_path):
    ui = panel.ui
    ui.baseModelSelector.currentText = a_small_base
    assert panel.parameters.base_model == a_small_base
    configure(panel, tmp_path, TINY_FINETUNING)
    ui.trainName.text = "my-site"
    ui.trainButton.click()
    finish(host, train)
    assert ui.trainResultFrame.visible, ui.trainMessage.text
    assert "Balanced accuracy" in ui.trainResultLabel.text
    assert "model says" in ui.trainResultLabel.text
    assert not ui.trainPlotFrame.visible
    ui.useModelButton.click()
    assert ui.modelSelector.currentText == "my-site"
    assert panel.score.models.entry().metadata.ratings.classes == ("0", "1")


def test_the_panel_lets_a_run_go_and_finds_it_again(host, panel, train, tmp_path):
    from MotionQCLib.jobs.run_folder import RunFolder, RunState

    from .conftest import MODULE

    choose_pretraining(panel, tmp_path, steps=400)
    panel.ui.trainButton.click()
    host.wait_until(lambda: train.run.log.lines, 240)
    folder = RunFolder(tmp_path / "run")
    host.close_module()
    host.wait_until(lambda: folder.state is not RunState.RUNNING, 240)
    assert folder.last_session()["outcome"] == "stopped"
    again = host.open_module(MODULE).panel
    assert again.ui.trainButton.text == "Resume"
    assert again.parameters.training.value == "pretrain"
    again.ui.trainSection.collapsed = False
    assert again.ui.newRunButton.visible
    again.ui.newRunButton.click()
    host.wait_until(lambda: again.ui.trainButton.text == "Start")
    assert again.ui.trainFolder.currentPath == str(tmp_path / "run-2")


def test_a_run_that_is_killed_is_one_line_and_can_be_resumed(host, panel, train, tmp_path):
    choose_pretraining(panel, tmp_path, steps=400)
    panel.ui.trainButton.click()
    host.wait_until(lambda: train.run.log.lines, 240)
    os.kill(train.run.pid, signal.SIGKILL)
    finish(host, train, 60)
    assert "ended before it was done" in panel.ui.trainMessage.text
    assert panel.ui.trainButton.text == "Resume"


@pytest.fixture
def without_packages(host, monkeypatch):
    real = metadata.distribution

    def without(name: str):
        if name in ("torch", "lightning"):
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "distribution", without)
    host.packages.missing.add("lightning")


@pytest.mark.usefixtures("without_packages")
def test_what_is_missing_is_named_and_can_be_set_up(host, panel, train):
    ui = panel.ui
    ui.trainButton.click()
    assert not train.run.running
    assert ui.trainSetupLabel.text == "Training needs PyTorch, lightning."
    ui.trainSetupButton.click()
    assert "Extension Manager" in ui.trainSetupLabel.text


def test_what_was_set_up_for_training_is_known_to_scoring(panel, train, monkeypatch):
    from MotionQCLib.gui import training_setup

    found = {"gpu": "a new GPU", "why": "PyTorch 2.9"}
    monkeypatch.setattr(training_setup, "install", lambda: None)
    monkeypatch.setattr(type(panel.device), "_try", lambda line: line._finish(found))
    assert "GPU:" in panel.ui.deviceLabel.text
    panel.ui.trainSetupButton.click()
    assert panel.ui.deviceLabel.text == "Runs on the GPU: a new GPU, PyTorch 2.9."


def test_macs_with_intel_processors_are_told(host, panel, train, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    panel.ui.trainButton.click()
    assert "not available on Macs with Intel" in panel.ui.trainSetupLabel.text
    assert not panel.ui.trainSetupButton.visible
    assert not train.run.running
