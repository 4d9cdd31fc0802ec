"""Fits keep their best weights, go on where they were stopped, and are found when done."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from MotionQCLib.errors import InputError
from MotionQCTraining.running.devices import Devices
from MotionQCTraining.running.events import Silence
from MotionQCTraining.running.session import Session
from MotionQCTraining.running.stopping import Stopped, StopRequest
from MotionQCTraining.systems.fit_config import FitConfig
from MotionQCTraining.systems.fitting import Labelled, class_weights, fit, outputs
from MotionQCTraining.systems.learning import ClassLearning

CONFIG = FitConfig(0.05, batch=4, epochs=6, plateau_factor=0.5, plateau_patience=0, best="loss")
WHO = {"train": ["sub-1", "sub-2"], "validation": ["sub-3"], "test": ["sub-4"]}
OTHERS = {**WHO, "train": ["sub-1", "sub-4"], "test": ["sub-2"]}


def samples(count: int, seed: int) -> Labelled:
    """Points of two classes that a line divides."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    points = rng.normal(size=(count, 3)) + 2 * labels[:, None]
    return Labelled(list(points.astype(np.float32)), labels, np.arange(count))


def learning(config: FitConfig = CONFIG) -> ClassLearning:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 2))
    return ClassLearning(network, config, 1, class_weights=torch.ones(2))


def weights(module: ClassLearning) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.network.state_dict().items()}


def test_a_fit_learns_and_keeps_the_best_weights_alone(tmp_path: Path, a_session: Session) -> None:
    module = learning()
    took = fit(module, samples(40, 0), samples(20, 1), tmp_path, WHO, CONFIG, 1, a_session)
    logits, truth = outputs(module.network, samples(60, 2), CONFIG, a_session)
    assert (logits.argmax(1) == truth).mean() > 0.85
    assert {path.name for path in tmp_path.iterdir()} == {
        "fitted.json", "logs", "network.safetensors", "resources.json",
    }  # fmt: skip
    assert took.duration_s > 0
    assert took.memory_of == "process"


def test_a_complete_fit_is_read_and_not_repeated(tmp_path: Path, a_session: Session) -> None:
    first, again = learning(), learning()
    took = fit(first, samples(24, 0), samples(8, 1), tmp_path, WHO, CONFIG, 1, a_session)
    nothing = Labelled([], np.zeros(0, np.intp), np.zeros(0, np.intp))
    assert fit(again, nothing, nothing, tmp_path, WHO, CONFIG, 1, a_session) == took
    for name, value in weights(first).items():
        assert torch.equal(value, weights(again)[name]), name


def test_a_complete_fit_is_refused_where_others_are_in_its_parts(
    tmp_path: Path, a_session: Session
) -> None:
    train, validation = samples(24, 0), samples(8, 1)
    fit(learning(), train, validation, tmp_path, WHO, CONFIG, 1, a_session)
    turned = {part: names[::-1] for part, names in WHO.items()}
    fit(learning(), train, validation, tmp_path, turned, CONFIG, 1, a_session)
    with pytest.raises(InputError, match=r"other scans were in train.*give another --output"):
        fit(learning(), train, validation, tmp_path, OTHERS, CONFIG, 1, a_session)


class StopsAfter(StopRequest):
    """Asks to stop once it has been looked at some times."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    @property
    def asked(self) -> bool:
        self.looks -= 1
        return self.looks < 0


@pytest.mark.parametrize("looks", [7, 19])
def test_a_stopped_fit_goes_on_as_if_it_had_not_stopped(
    tmp_path: Path, a_session: Session, looks: int
) -> None:
    train, validation = samples(24, 0), samples(8, 1)
    whole, parted = learning(), learning()
    fit(whole, train, validation, tmp_path / "whole", WHO, CONFIG, 1, a_session)
    stopping = Session(Silence(), StopsAfter(looks), Devices("cpu", precision="32"))
    with pytest.raises(Stopped):
        fit(learning(), train, validation, tmp_path / "parted", WHO, CONFIG, 1, stopping)
    fit(parted, train, validation, tmp_path / "parted", WHO, CONFIG, 1, a_session)
    for name, value in weights(whole).items():
        torch.testing.assert_close(weights(parted)[name], value, msg=name)


def test_a_stopped_fit_is_not_gone_on_with_for_others(tmp_path: Path, a_session: Session) -> None:
    train, validation = samples(24, 0), samples(8, 1)
    stopping = Session(Silence(), StopsAfter(7), Devices("cpu", precision="32"))
    with pytest.raises(Stopped):
        fit(learning(), train, validation, tmp_path, WHO, CONFIG, 1, stopping)
    with pytest.raises(InputError, match="other scans were in train"):
        fit(learning(), train, validation, tmp_path, OTHERS, CONFIG, 1, a_session)


def test_patience_ends_a_fit_that_gains_nothing(tmp_path: Path, a_session: Session) -> None:
    config = FitConfig(1e-9, batch=4, epochs=200, patience=2)
    module = learning(config)
    fit(module, samples(8, 0), samples(8, 1), tmp_path, WHO, config, 1, a_session)
    epochs = (tmp_path / "logs" / "metrics.csv").read_text().count("\n")
    assert epochs < 30


def test_balanced_weights_let_classes_count_alike() -> None:
    labels = np.array([0, 0, 0, 1])
    balanced = class_weights(labels, 2, balanced=True)
    assert float(balanced[0] * 3) == pytest.approx(float(balanced[1] * 1))
    assert class_weights(labels, 3, balanced=False).tolist() == [1, 1, 1]
