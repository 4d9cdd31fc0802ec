"""Runs from the shell that are killed, shared by two processes, or gone on with otherwise."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from MotionQCLib.cli import main
from MotionQCLib.models import load_bundle
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.running.parted_checkpoints import read_checkpoint

from . import tiny_run
from .tiny_run import TinyRun, command

REPOSITORY = Path(__file__).resolve().parents[2]


def child(words: list[str]) -> subprocess.Popen[str]:
    """The command in a process of its own, which prints one JSON object a line."""
    roots = os.pathsep.join(str(REPOSITORY / name) for name in ("MotionQC", "training"))
    environment = {**os.environ, "PYTHONPATH": roots, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "MotionQCLib.cli", *words, "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def checkpoint(folder: Path) -> dict[str, Any]:
    return read_checkpoint(folder / "checkpoints" / "last.ckpt")


def outcomes(folder: Path) -> list[str]:
    record = json.loads((folder / "run.json").read_text("utf-8"))
    return [session["outcome"] for session in record["sessions"]]


def kill_with_a_checkpoint(process: subprocess.Popen[str], folder: Path) -> None:
    """Kill a run as soon as its first checkpoint is there, in the middle of what comes next."""
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line).get("judged"):
            break
    end = time.monotonic() + 60
    while not (folder / "checkpoints" / "last.ckpt").exists() and time.monotonic() < end:
        time.sleep(0.002)
    process.kill()
    process.communicate()


def test_a_killed_run_goes_on_and_ends_as_one_that_was_left_alone(
    a_tiny_run: TinyRun, small_dataset: Path, tmp_path: Path
) -> None:
    a_tiny_run.lend_scans(tmp_path)
    process = child(command(small_dataset, tmp_path))
    kill_with_a_checkpoint(process, tmp_path)
    assert process.returncode == -signal.SIGKILL
    assert outcomes(tmp_path) == ["running"]
    assert checkpoint(tmp_path)["global_step"] == 2
    assert main(command(small_dataset, tmp_path)) == 0
    assert outcomes(tmp_path) == ["running", "complete"]
    resumed = load_bundle(tiny_run.the_model(tmp_path)).weights
    for name, weight in load_bundle(a_tiny_run.model).weights.items():
        np.testing.assert_allclose(resumed[name], weight, rtol=1e-3, atol=1e-4, err_msg=name)


def test_two_processes_train_as_one_with_the_doubled_batch(
    a_tiny_run: TinyRun, small_dataset: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        a_tiny_run.lend_scans(tmp_path / name)
    fields = ("epoch=1", "stop_after=1")
    process = child(command(small_dataset, tmp_path / "two", "--devices", "2", fields=fields))
    assert main(command(small_dataset, tmp_path / "one", fields=(*fields, "batch=2"))) == 0
    out, err = process.communicate(timeout=600)
    assert (process.returncode, err) == (0, "")
    told = [json.loads(line)["type"] for line in out.splitlines()]
    assert (told.count("stopped"), told[-1]) == (1, "stopped"), "one process alone tells"
    one, two = (checkpoint(tmp_path / name) for name in ("one", "two"))
    assert one["global_step"] == two["global_step"] == 1
    # Adam's first step has the same length whatever the gradient, even where that is rounding
    # alone; its first moments tell the gradients themselves.
    expected, found = (gradients(each) for each in (one, two))
    norms = [float(gradient.norm()) for gradient in expected]
    for gradient, other, norm in zip(expected, found, norms, strict=True):
        # Where two voxels are almost alike, rounding decides which one a maximum is taken from.
        assert float((other - gradient).norm()) <= 0.05 * norm + 1e-5 * max(norms)


def gradients(saved: dict[str, Any]) -> list[torch.Tensor]:
    """The gradients of a first step, as far as their lengths go, by Adam's state."""
    return [state["exp_avg"] for state in saved["optimizer_states"][0]["state"].values()]


def test_a_run_that_goes_on_takes_its_rates_from_the_configuration_of_now(
    a_tiny_run: TinyRun, small_dataset: Path, tmp_path: Path
) -> None:
    a_tiny_run.lend_scans(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    last = tmp_path / "checkpoints" / "last.ckpt"
    last.write_bytes((a_tiny_run.folder / "checkpoints" / "last.ckpt").read_bytes())
    fields = ("steps=8", "stop_after=6", "learning_rate=1e-5", "weight_decay=0.3")
    assert main(command(small_dataset, tmp_path, fields=fields)) == 0
    saved = checkpoint(tmp_path)
    assert saved["global_step"] == 6
    (group,) = saved["optimizer_states"][0]["param_groups"]
    assert 0 < group["lr"] < 1e-5
    assert group["weight_decay"] == 0.3


def test_the_run_folder_says_everything(a_tiny_run: TinyRun) -> None:
    folder = a_tiny_run.folder
    names = {path.name for path in folder.iterdir()}
    assert {"run.json", "pretrain.yaml", "metrics.csv", "curves.png", "tensorboard"} <= names
    assert load_config(folder / "pretrain.yaml", PretrainConfig) == tiny_run.CONFIG
    header = (folder / "metrics.csv").read_text("utf-8").splitlines()[0].split(",")
    assert {"step", "train_loss", "train_kl", "learning_rate", "val_r2"} <= set(header)
    assert outcomes(folder) == ["complete"]


@pytest.mark.parametrize(
    ("field", "told"), [("seed=7", "seed, scans to train on"), ("label=time", "label")]
)
def test_a_folder_of_another_run_is_no_place_to_go_on(
    field: str,
    told: str,
    a_tiny_run: TinyRun,
    small_dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    a_tiny_run.lend_scans(tmp_path)
    shutil.copytree(a_tiny_run.folder / "checkpoints", tmp_path / "checkpoints")
    assert main(command(small_dataset, tmp_path, fields=(field,))) == 2
    assert f"a run that differs in {told}" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
