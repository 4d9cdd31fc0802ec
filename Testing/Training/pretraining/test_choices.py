"""What a pretraining may be told to do otherwise than its preset."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, find_model, load_bundle
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.data.provenance import known_scans
from MotionQCTraining.pretrain import pretrain
from MotionQCTraining.pretraining import module
from MotionQCTraining.pretraining.module import Pretraining
from MotionQCTraining.running.parted_checkpoints import read_checkpoint

from ..tiny_run import CONFIG, TinyRun


@pytest.fixture(scope="module")
def a_chosen_run(
    a_tiny_run: TinyRun, small_dataset: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two steps from the tiny run's model, on another score, blind to brightness."""
    config = replace(
        CONFIG,
        base=str(a_tiny_run.model),
        label="time",
        input="high-pass",
        fit_last_layer=False,
        steps=2,
        name="chosen",
    )
    folder = tmp_path_factory.mktemp("chosen")
    shutil.copytree(a_tiny_run.folder / "prepared", folder / "prepared")
    assert pretrain(config, read_manifest(small_dataset), folder) is not None
    return folder


@pytest.fixture(scope="module")
def a_chosen_model(a_chosen_run: Path) -> ModelBundle:
    return load_bundle(a_chosen_run / "model" / "chosen.safetensors")


def first_sums(weights: np.ndarray) -> np.ndarray:
    return np.abs(weights.astype(np.float64).sum(axis=(1, 2, 3, 4)))


def test_a_run_starts_from_the_encoder_of_its_base(a_tiny_run: TinyRun) -> None:
    base = find_model(str(a_tiny_run.model))
    state = Pretraining(CONFIG, base).network.state_dict()
    assert sum(name.startswith("encoder.") for name in base.weights) > 30
    for name, weights in base.weights.items():
        if name.startswith("encoder."):
            np.testing.assert_array_equal(state[name].numpy(), weights)
    assert not np.allclose(state["head.conv.weight"].numpy(), base.weights["head.conv.weight"])
    torch.manual_seed(1)
    blind = Pretraining(replace(CONFIG, input="high-pass"), base).network
    assert first_sums(blind.encoder.block1.conv.weight.detach().numpy()).max() < 1e-5  # type: ignore[union-attr]


def test_a_model_names_its_base_and_knows_its_scans(
    a_chosen_model: ModelBundle, a_tiny_run: TinyRun
) -> None:
    base = load_bundle(a_tiny_run.model).metadata
    told = a_chosen_model.metadata.training["base"]
    assert (told["name"], told["sha256"]) == (base.name, base.sha256)
    assert told["scans"] == base.training["scans"]
    assert known_scans(a_chosen_model.metadata) == base.training["scans"]


def test_a_high_pass_network_stays_blind_to_constant_brightness(
    a_chosen_model: ModelBundle, a_tiny_run: TinyRun
) -> None:
    plain = load_bundle(a_tiny_run.model).weights["encoder.block1.conv.weight"]
    assert first_sums(plain).max() > 0.1
    # Files hold half precision, so 27 weights sum to a thousandth at best.
    assert first_sums(a_chosen_model.weights["encoder.block1.conv.weight"]).max() < 3e-3


def test_a_model_says_which_score_it_learnt(
    a_chosen_run: Path, a_chosen_model: ModelBundle, a_tiny_run: TinyRun
) -> None:
    assert a_chosen_model.metadata.label == "time"
    time, edge = (
        np.concatenate([np.load(f)["scores_mm"] for f in sorted(folder.glob("*.npz"))])
        for folder in (a_chosen_run / "validation", a_tiny_run.folder / "validation")
    )
    assert len(time) == len(edge)
    assert np.any(np.abs(time - edge) > 0.05)
    np.testing.assert_array_equal(time == 0, edge == 0)


def test_the_last_layer_stays_as_it_was_trained(
    a_chosen_run: Path, a_chosen_model: ModelBundle, a_tiny_run: TinyRun
) -> None:
    fitted = load_bundle(a_tiny_run.model)
    for run, model, is_kept in (
        (a_chosen_run, a_chosen_model, True),
        (a_tiny_run.folder, fitted, False),
    ):
        state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=False)["state_dict"]
        trained = state["network.head.conv.weight"].numpy().astype(np.float16)
        assert np.array_equal(trained, model.weights["head.conv.weight"]) == is_kept


def test_a_base_may_not_know_what_its_run_is_validated_on(
    a_tiny_run: TinyRun, small_dataset: Path, tmp_path: Path
) -> None:
    config = replace(CONFIG, base=str(a_tiny_run.model), seed=CONFIG.seed + 2, steps=1)
    with pytest.raises(InputError, match="was trained on site") as caught:
        pretrain(config, read_manifest(small_dataset), tmp_path)
    assert caught.value.code == "leak"


def test_a_base_must_give_the_same_bins(a_tiny_run: TinyRun, tmp_path: Path) -> None:
    config = replace(CONFIG, base=str(a_tiny_run.model), bins=replace(CONFIG.bins, high=6.0))
    with pytest.raises(InputError, match="other bins"):
        pretrain(config, [], tmp_path)


def test_the_weights_that_ranked_a_site_best_may_ship_also_after_an_interruption(
    a_tiny_run: TinyRun, small_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two looks the first is the better one; the second is taken by another session."""
    looks = iter([0.9, 0.1])
    figures = module.agreement

    def told(*values: object) -> dict[str, float]:
        return figures(*values) | {"spearman": next(looks)}

    monkeypatch.setattr(module, "agreement", told)
    shutil.copytree(a_tiny_run.folder / "prepared", tmp_path / "prepared")
    config = replace(CONFIG, chosen="best", validation_sites=("site1",), fit_last_layer=False)
    rows = read_manifest(small_dataset)
    assert pretrain(replace(config, stop_after=2), rows, tmp_path) is None
    model = pretrain(config, rows, tmp_path)
    assert model is not None
    best, last = (read_checkpoint(tmp_path / "checkpoints" / f"{n}.ckpt") for n in ("best", "last"))
    assert (best["global_step"], last["global_step"]) == (2, 4)
    shipped = load_bundle(model)
    name = "encoder.block1.conv.weight"
    of_best, of_last = (c["state_dict"][f"network.{name}"].numpy() for c in (best, last))
    np.testing.assert_allclose(shipped.weights[name], of_best, rtol=1e-3, atol=1e-6)
    assert np.abs(shipped.weights[name] - of_last).max() > 1e-4
    assert set(shipped.metadata.training["subjects"]["validation"]) == {"site1"}
