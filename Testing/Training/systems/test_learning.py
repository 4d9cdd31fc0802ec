"""What networks learn: losses and figures against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from MotionQCLib.models.bins import BRICOUT_2025
from MotionQCTraining.systems.fit_config import FitConfig
from MotionQCTraining.systems.learning import ClassLearning, ScoreLearning

CONFIG = FitConfig(1e-3)


def score_learning() -> ScoreLearning:
    return ScoreLearning(nn.Identity(), CONFIG, 0, bins=BRICOUT_2025)


def test_the_score_loss_is_the_divergence_from_soft_labels() -> None:
    labels = BRICOUT_2025.soft_labels([1.0, 3.0])
    perfect = torch.tensor(np.log(labels + 1e-30), dtype=torch.float32)
    targets = torch.tensor([1.0, 3.0])
    assert float(score_learning().loss(perfect, targets)) == pytest.approx(0, abs=1e-5)
    entropy = 1.84258741
    uniform = score_learning().loss(torch.zeros(2, 50), targets)
    assert float(uniform) == pytest.approx(np.log(50) - entropy, abs=1e-4)


def test_the_score_figure_is_r2_of_decoded_scores() -> None:
    learning = score_learning()
    said, true = np.array([0.5, 2.0, 2.5, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0])
    logits = torch.tensor(np.log(BRICOUT_2025.soft_labels(said) + 1e-30), dtype=torch.float32)
    learning.judge(logits[:2], true[:2])
    learning.judge(logits[2:], true[2:])
    residual = ((said - true.numpy()) ** 2).sum()
    assert float(learning.figure()) == pytest.approx(1 - residual / 5, abs=1e-3)
    learning.judge(logits[:1], true[:1])
    assert float(learning.figure()) == 0, "a single sample has none, and the others are forgotten"


def class_learning(loss_of: str = "cross-entropy", weights: Tensor | None = None) -> ClassLearning:
    weights = torch.tensor([1.0, 3.0]) if weights is None else weights
    return ClassLearning(nn.Identity(), CONFIG, 0, class_weights=weights, loss_of=loss_of)


LOGITS, LABELS = torch.tensor([[2.0, -1.0], [0.5, 0.2], [0.0, 1.0]]), torch.tensor([0, 1, 1])


def test_cross_entropy_is_weighted_as_pytorch_weights_it() -> None:
    expected = nn.functional.cross_entropy(LOGITS, LABELS, torch.tensor([1.0, 3.0]))
    assert float(class_learning().loss(LOGITS, LABELS)) == pytest.approx(float(expected))


def test_binary_losses_judge_every_class_against_the_others() -> None:
    one_hot = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    each = nn.functional.binary_cross_entropy_with_logits(LOGITS, one_hot, reduction="none").mean(1)
    expected = (each * torch.tensor([1.0, 3.0, 3.0])).sum() / 7
    assert float(class_learning("binary").loss(LOGITS, LABELS)) == pytest.approx(float(expected))


def test_the_class_figure_is_balanced_accuracy_of_classes_that_are_there() -> None:
    learning = class_learning(weights=torch.ones(3))
    said = torch.eye(3)[[0, 0, 1, 0]]
    learning.judge(said, torch.tensor([0, 0, 0, 1]))
    assert float(learning.figure()) == pytest.approx((2 / 3 + 0) / 2)
