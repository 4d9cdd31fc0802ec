"""A real, tiny training run: it learns, and its model says how it was made."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from MotionQCLib.errors import InputError
from MotionQCLib.models import MotionBins, load_bundle
from MotionQCLib.models.bundle import metadata_path
from MotionQCLib.network import SFCN
from MotionQCLib.scoring.calibration import calibrated_probability
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.data.splits import split
from MotionQCTraining.judging.metrics import agreement
from MotionQCTraining.pretrain import pretrain
from MotionQCTraining.pretraining.crops import CropFeed, joined
from MotionQCTraining.pretraining.last_layer import embeddings, fit_head, head_logits, volume_logits
from MotionQCTraining.pretraining.module import Pretraining, balance_first_layer
from MotionQCTraining.pretraining.scans import prepare_scans

from .tiny_run import CONFIG, TinyRun


def test_a_run_writes_logs_checkpoints_and_a_model_that_says_how_it_was_made(
    a_tiny_run: TinyRun, small_dataset: Path
) -> None:
    folder, model = a_tiny_run.folder, a_tiny_run.model
    assert (folder / "checkpoints" / "last.ckpt").exists()
    assert list(folder.glob("logs/**/metrics.csv"))
    assert list(folder.glob("tensorboard/**/events*"))
    metadata = load_bundle(model).metadata
    assert metadata.status == "preliminary"
    assert metadata.training["configuration"]["steps"] == CONFIG.steps
    parts = split(read_manifest(small_dataset), seed=CONFIG.seed, validation=0.25, test=0.25)
    assert sum(metadata.training["subjects"]["train"].values()) == len(parts["train"])
    assert len(metadata.training["scans"]) == len(parts["train"]) + len(parts["validation"])
    assert "sub-" not in metadata_path(model).read_text()
    assert str(metadata.to_json()).count("licence") == 2, "one for each site"
    assert 0 <= metadata.metrics["validation"]["interval_coverage"] <= 1


def test_the_last_layer_is_fitted_to_embeddings() -> None:
    torch.manual_seed(0)
    bins = MotionBins()
    network = SFCN(grid=(32, 32, 32))
    scores = np.random.default_rng(1).uniform(0, 4, 200)
    embedded = np.random.default_rng(2).normal(size=(200, 64)).astype(np.float32)
    embedded[:, 7] = scores * 30
    fit_head(network, embedded, scores, bins)
    logits = head_logits(network, embedded)
    probability = np.exp(logits - logits.max(axis=1, keepdims=True))
    predicted = bins.decode(probability / probability.sum(axis=1, keepdims=True))
    assert np.corrcoef(predicted, scores)[0, 1] > 0.97


def test_validation_gives_the_figures_of_the_network_itself() -> None:
    """The fast route of whole volumes against torch, in training's memory format and precision."""
    torch.manual_seed(0)
    module = Pretraining(CONFIG)
    rng = np.random.default_rng(0)
    volumes = [rng.random(CONFIG.grid).astype(np.float16) for _ in range(5)]
    scores = [0.0, 0.5, 1.5, 2.5, 3.5]
    logged: dict[str, float] = {}
    module.log = lambda name, value, **_: logged.update({name: value})  # type: ignore[method-assign]
    with torch.autocast("cpu", torch.bfloat16):
        module.validation_step((volumes, scores), 0)
    with torch.inference_mode():
        seen = module.network.eval()(
            torch.from_numpy(np.stack(volumes).astype(np.float32))[:, None]
        )
    predicted = CONFIG.bins.decode(seen.double().softmax(1).numpy())
    expected = {f"val_{name}": value for name, value in agreement(predicted, scores).items()}
    assert logged == pytest.approx(expected, abs=1e-4)


def test_what_is_validated_and_told_is_the_running_average_of_this_epoch(
    a_tiny_run: TinyRun,
) -> None:
    folder, told = a_tiny_run.folder, a_tiny_run.told
    module = Pretraining(CONFIG)
    checkpoint = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=False)
    module.load_state_dict(checkpoint["state_dict"])
    volumes = [np.load(file) for file in sorted((folder / "validation").glob("*.npy"))]
    scores = [np.load(file)["scores_mm"] for file in sorted((folder / "validation").glob("*.npz"))]
    probability = calibrated_probability(volume_logits(module.network, volumes), 1.0)
    error = np.abs(CONFIG.bins.decode(probability) - np.concatenate(scores)).mean()
    lines = [line for line in told.splitlines() if line.startswith("step ")]
    assert [line.split()[1] for line in lines] == ["2", "4"]
    assert all("val_r2=" in line for line in lines)
    assert f"val_mae_mm={error:.3f}" in lines[-1]


def test_embeddings_and_their_logits_are_the_network_in_evaluation_mode() -> None:
    torch.manual_seed(0)
    network = SFCN(grid=(32, 32, 32))
    volumes = [np.random.default_rng(n).random((32, 32, 32)).astype(np.float16) for n in range(3)]
    expected = network.eval()(torch.from_numpy(np.stack(volumes).astype(np.float32))[:, None])
    logits = head_logits(network, embeddings(network, volumes))
    np.testing.assert_allclose(logits, expected.detach().numpy(), atol=1e-4)


def test_a_handful_of_crops_is_learnt_by_heart(a_tiny_run: TinyRun, small_dataset: Path) -> None:
    """The divergence comes near 0, so the cross-entropy near the entropy of the soft labels."""
    config = replace(CONFIG, artefact_weight=0.0)
    rows = read_manifest(small_dataset)
    scans = prepare_scans(config, rows, a_tiny_run.folder, lambda _: None)
    group = CropFeed(config, scans).source.group(0)
    torch.manual_seed(1)
    module = Pretraining(config)
    samples = joined([group])
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.01)
    loss = torch.tensor(torch.inf)
    for _ in range(150):
        if loss.item() < 0.02:
            break
        optimizer.zero_grad()
        loss = module.losses(samples)["loss"]
        loss.backward()
        optimizer.step()
    labels = config.bins.soft_labels(group.scores_mm)
    entropy = -np.sum(labels * np.log(np.maximum(labels, 1e-300)), axis=1).mean()
    assert entropy == pytest.approx(1.84, abs=0.05)
    with torch.no_grad():
        logits, _ = module.pass_through(samples[0][:, None])
    cross_entropy = -(torch.from_numpy(labels) * logits.double().log_softmax(1)).sum(1).mean()
    assert float(cross_entropy) == pytest.approx(entropy, abs=0.05)


def test_another_seed_is_another_run(
    a_tiny_run: TinyRun, small_dataset: Path, tmp_path: Path
) -> None:
    """So that a run that was killed ends as the one that was not for having the same seed."""
    shutil.copytree(a_tiny_run.folder / "prepared", tmp_path / "prepared")
    other = replace(CONFIG, seed=CONFIG.seed + 1, stop_after=2)
    assert pretrain(other, read_manifest(small_dataset), tmp_path) is None
    losses = [first_loss(folder) for folder in (a_tiny_run.folder, tmp_path)]
    assert losses[0] != pytest.approx(losses[1], rel=0.01)


def first_loss(folder: Path) -> float:
    with (folder / "metrics.csv").open(newline="") as stream:
        return next(float(row["train_loss"]) for row in csv.DictReader(stream) if row["train_loss"])


def test_balanced_filters_do_not_see_constant_brightness() -> None:
    network = SFCN(grid=(32, 32, 32))
    balance_first_layer(network, 4)
    sums = network.encoder.block1.conv.weight.sum(dim=(1, 2, 3, 4)).detach()  # type: ignore[union-attr]
    assert torch.all(sums[4:].abs() < 1e-5)
    assert torch.any(sums[:4].abs() > 1e-2)


def test_one_image_under_the_names_of_several_persons_is_not_trained_on(
    small_dataset: Path, tmp_path: Path
) -> None:
    rows = read_manifest(small_dataset)
    alike = [replace(row, path=rows[0].path) for row in rows]
    with pytest.raises(InputError, match="one image of site0/sub-00") as caught:
        pretrain(CONFIG, alike, tmp_path)
    assert caught.value.code == "leak"
    assert not (tmp_path / "validation").exists()
