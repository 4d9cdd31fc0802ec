"""Whole volumes drawn on the training device: numbered, seeded, and resumed exactly."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from MotionQCLib.models import load_bundle
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.pretrain import pretrain
from MotionQCTraining.pretraining.scans import Scans, prepare_scans
from MotionQCTraining.pretraining.wholes import BatchNumbers, WholeFeed
from MotionQCTraining.run_record import as_yaml, plain_values
from MotionQCTraining.running.devices import Devices
from MotionQCTraining.running.parted_checkpoints import read_checkpoint
from MotionQCTraining.running.session import Session

CPU = torch.device("cpu")


def on_cpu() -> Session:
    return Session(devices=Devices(accelerator="cpu", precision="32"))


@pytest.fixture(scope="module")
def a_run(
    a_whole_config: PretrainConfig, small_dataset: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Folder and model file of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole")
    model = pretrain(a_whole_config, read_manifest(small_dataset), folder, on_cpu())
    assert model is not None
    return folder, model


@pytest.fixture
def scans(a_whole_config: PretrainConfig, a_run: tuple[Path, Path], small_dataset: Path) -> Scans:
    return prepare_scans(a_whole_config, read_manifest(small_dataset), a_run[0], lambda _: None)


def test_processes_draw_every_number_once_and_go_on_where_they_were() -> None:
    def drawn(first: int) -> Iterator[int]:
        shares = [BatchNumbers(first, 3, rank, 2) for rank in range(2)]
        return (share[step] for step in range(3) for share in shares)

    assert [*drawn(0), *drawn(3)] == list(range(12))


def test_a_batch_is_drawn_by_its_number_alone(a_whole_config: PretrainConfig, scans: Scans) -> None:
    assert a_whole_config.whole is not None
    feed = WholeFeed(a_whole_config, a_whole_config.whole, scans, torch.float32)
    images, scores, artefacts = feed.samples(3, CPU)
    assert images.shape == (2, 64, 64, 64)
    assert scores.shape == (2,)
    assert artefacts.shape == (2, 8, 8, 8)
    other = feed.samples(4, CPU)
    again = feed.samples(3, CPU)
    assert torch.equal(again[0], images)
    assert not torch.equal(other[0], images)
    reseeded = replace(a_whole_config, seed=a_whole_config.seed + 1)
    feed = WholeFeed(reseeded, a_whole_config.whole, scans, torch.float32)
    assert not torch.equal(feed.samples(3, CPU)[0], images)


def test_a_run_makes_a_model_that_says_how_its_volumes_were_drawn(
    a_run: tuple[Path, Path], a_whole_config: PretrainConfig
) -> None:
    metadata = load_bundle(a_run[1]).metadata
    assert metadata.training["configuration"]["whole"]["events"] == 1
    assert metadata.metrics["validation"]["volumes"] == 4
    trained = read_checkpoint(a_run[0] / "checkpoints" / "last.ckpt")["state_dict"]
    # The last layer has seen whole volumes already.
    np.testing.assert_array_equal(
        load_bundle(a_run[1]).weights["head.conv.weight"],
        trained["network.head.conv.weight"].numpy().astype(np.float16),
    )


def test_a_run_that_was_cut_short_goes_on_as_if_it_had_not_been(
    a_run: tuple[Path, Path], a_whole_config: PretrainConfig, small_dataset: Path, tmp_path: Path
) -> None:
    rows = read_manifest(small_dataset)
    cut = replace(a_whole_config, stop_after=2)
    assert pretrain(cut, rows, tmp_path, on_cpu(), scans=a_run[0]) is None
    halfway = read_checkpoint(tmp_path / "checkpoints" / "last.ckpt")["state_dict"]
    model = pretrain(a_whole_config, rows, tmp_path, on_cpu(), scans=a_run[0])
    assert model is not None
    whole, resumed = load_bundle(a_run[1]), load_bundle(model)
    for name, weight in whole.weights.items():
        np.testing.assert_allclose(resumed.weights[name], weight, rtol=1e-3, atol=1e-4)
    # They are not alike for want of anything that the second half changed.
    assert any(
        not np.allclose(weight, halfway[f"network.{name}"].numpy(), rtol=1e-2, atol=1e-3)
        for name, weight in resumed.weights.items()
        if f"network.{name}" in halfway
    )


def test_a_checkpoint_lies_in_files_that_may_be_carried(a_run: tuple[Path, Path]) -> None:
    files = list((a_run[0] / "checkpoints").iterdir())
    assert len(files) > 2
    assert max(file.stat().st_size for file in files) <= 16 * 2**20
    checkpoint = read_checkpoint(a_run[0] / "checkpoints" / "last.ckpt")
    assert checkpoint["global_step"] == 4
    assert checkpoint["optimizer_states"][0]["state"]


def test_two_processes_train_together_from_the_shell(
    a_whole_config: PretrainConfig, a_run: tuple[Path, Path], small_dataset: Path, tmp_path: Path
) -> None:
    config = replace(a_whole_config, steps=2, batch=1)
    for name in ("prepared", "validation", "whole"):
        shutil.copytree(a_run[0] / name, tmp_path / "run" / name)
    (tmp_path / "c.yaml").write_text(as_yaml(plain_values(config)))
    words = ["--config", tmp_path / "c.yaml", "--data", small_dataset, "--output", tmp_path / "run"]
    command = [sys.executable, "-m", "MotionQCLib.cli", "pretrain", *map(str, words)]
    done = subprocess.run(
        [*command, "--devices", "2", "--accelerator", "cpu", "--precision", "32"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    (model,) = (tmp_path / "run" / "model").glob("*.safetensors")
    assert load_bundle(model).metadata.training["configuration"]["whole"] is not None
