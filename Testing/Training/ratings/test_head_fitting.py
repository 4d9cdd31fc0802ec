"""Heads learn what there is to learn, alike for one seed, and touch nothing that is frozen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from MotionQCLib.models import ModelBundle
from MotionQCLib.models.architecture import rating_shapes
from MotionQCLib.scoring.runtimes.openvino_runtime import fold_rating_head
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.ratings.head_fitting import branch_weights, frozen_layers

from .conftest import a_fitting

KINDS = [
    {"features": "average"},
    {"features": "average", "ordinal": True},
    {"features": "map"},
    {"features": "map", "ordinal": True},
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_handful_of_scans_is_learnt_by_heart(a_base_model: ModelBundle, kind: dict) -> None:  # type: ignore[type-arg]
    config = FinetuneConfig(dropout=0, weight_decay=0, inner=99, epochs=400, **kind)
    fitting = a_fitting(a_base_model, config, scans=9, clarity=2)
    every = np.arange(9)
    outputs = fitting.outputs(fitting.fit(every, seed=1), every)
    probability = fitting.head.probability(outputs)[every, fitting.scans.labels]
    assert -np.log(probability).mean() < 0.05


@pytest.mark.parametrize("unfrozen", ["projection", "block5"])
def test_unfrozen_layers_are_learnt_from_those_of_the_base(
    a_base_model: ModelBundle, unfrozen: str
) -> None:
    options = {"dropout": 0.0, "inner": 99, "learning_rate": 0.001, "unfrozen": unfrozen}
    begun, done = (
        a_fitting(a_base_model, FinetuneConfig(epochs=epochs, **options), scans=9, clarity=2)  # type: ignore[arg-type]
        for epochs in (1, 40)
    )
    every = np.arange(9)
    loss = {}
    for name, fitting in (("begun", begun), ("done", done)):
        branch = fitting.fit(every, seed=1)
        outputs = fitting.outputs(branch, every)
        likelihood = fitting.head.probability(outputs)[every, fitting.scans.labels]
        loss[name] = -np.log(likelihood).mean()
    assert loss["done"] < 0.5 * loss["begun"]
    weights = branch_weights(branch)
    assert {name: a.shape for name, a in weights.items() if a.ndim} == rating_shapes(
        done.head, (64, 64, 64)
    )
    kernel = "encoder.projection.conv.weight"
    change = np.abs(weights[f"ratings.{kernel}"] - a_base_model.weights[kernel]).max()
    assert 1e-4 < change < 0.2
    norm = "encoder.projection.norm.running_mean"
    np.testing.assert_array_equal(weights[f"ratings.{norm}"], a_base_model.weights[norm])


def test_maps_are_taken_after_the_last_frozen_layer() -> None:
    head = FinetuneConfig().head(("a", "b"), 10)
    depths = [
        frozen_layers(replace(head, own_layers=own)) for own in ("none", "projection", "block5")
    ]  # type: ignore[arg-type]
    assert depths == [6, 5, 4]


@pytest.mark.parametrize("kind", KINDS)
def test_one_seed_gives_one_head_and_another_another(
    a_base_model: ModelBundle,
    kind: dict,  # type: ignore[type-arg]
) -> None:
    fitting = a_fitting(a_base_model, FinetuneConfig(epochs=5, **kind))
    every = np.arange(30)
    torch.manual_seed(99)
    first = branch_weights(fitting.fit(every, seed=1))
    before = torch.get_rng_state()
    second, third = (branch_weights(fitting.fit(every, seed=seed)) for seed in (1, 2))
    assert torch.equal(before, torch.get_rng_state()), "nobody else's random numbers are used up"
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    name = "ratings.head.output.weight"
    assert not np.array_equal(first[name], third[name])


@pytest.mark.parametrize("kind", KINDS)
def test_its_arrays_give_its_outputs_by_the_route_of_scoring(
    a_base_model: ModelBundle,
    kind: dict,  # type: ignore[type-arg]
) -> None:
    fitting = a_fitting(a_base_model, FinetuneConfig(epochs=30, **kind))
    every = np.arange(30)
    branch = fitting.fit(every, seed=1)
    x = np.stack(list(fitting.maps))
    *hidden, (matrix, bias) = fold_rating_head(branch_weights(branch))  # type: ignore[arg-type]
    for inner, shift in hidden:
        x = np.maximum(x @ inner.T + shift, 0)
    np.testing.assert_allclose(x @ matrix.T + bias, fitting.outputs(branch, every), atol=1e-4)


def test_balance_and_factors_weigh_classes(a_base_model: ModelBundle) -> None:
    config = FinetuneConfig(weights={"c": 3.0})
    fitting = a_fitting(a_base_model, config)
    chosen = np.array([0, 3, 6, 1, 2])  # three of a, one of b, one of c
    weights = fitting._class_weights(chosen)
    torch.testing.assert_close(weights / weights[0], torch.tensor([1.0, 3.0, 9.0]))
    plain = replace(fitting, config=FinetuneConfig(balanced=False))._class_weights(chosen)
    assert plain.tolist() == [1, 1, 1]


def test_a_channel_that_hardly_varies_is_not_blown_up(a_base_model: ModelBundle) -> None:
    fitting = a_fitting(a_base_model, FinetuneConfig(epochs=2))
    maps = [m.copy() for m in fitting.maps]
    for each in maps:
        each[7] = 0.0
    branch = replace(fitting, maps=maps).fit(np.arange(30), seed=1)
    surprise = maps[0].copy()
    surprise[7] = 1.0
    quiet, loud = (
        replace(fitting, maps=[m]).outputs(branch, np.array([0])) for m in (maps[0], surprise)
    )
    assert np.abs(quiet - loud).max() < 5


def test_training_ends_where_other_persons_gain_nothing(a_base_model: ModelBundle) -> None:
    """Ratings without any sense: every pass after the first few makes it worse."""
    config = FinetuneConfig(epochs=150, patience=5)
    fitting = a_fitting(a_base_model, config, clarity=0)
    train, watched = fitting._inner_split(np.arange(30), seed=1) or (None, None)
    assert train is not None
    assert watched is not None
    assert not {fitting.scans.persons[n] for n in train} & {
        fitting.scans.persons[n] for n in watched
    }
    _, epochs = fitting._train(train, 150, 1, watched=watched)
    assert epochs < 60
