"""Heads: published sizes, and what they may be fed with."""

from __future__ import annotations

import pytest
import torch

from MotionQCLib.network import BinHead, QCHead
from MotionQCLib.network.heads import StepLayer


def test_the_quality_head_has_the_published_number_of_parameters() -> None:
    assert sum(parameter.numel() for parameter in QCHead().parameters()) == 96_063


def test_the_quality_heads_input_follows_the_grid() -> None:
    head = QCHead(classes=4, grid=(64, 96, 32)).eval()
    assert head(torch.zeros(2, 64, 2, 3, 1)).shape == (2, 4)


def test_the_quality_head_takes_cached_flat_maps_too() -> None:
    head = QCHead(grid=(64, 32, 32)).eval()
    features = torch.rand(2, 64, 2, 1, 1)
    assert torch.equal(head(features), head(features.flatten(1)))


def test_a_quality_head_for_an_impossible_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 32"):
        QCHead(grid=(160, 192, 150))


def test_the_bin_head_sees_the_average_of_the_map_only() -> None:
    head = BinHead(64, 50).eval()
    features = torch.rand(1, 64, 5, 6, 5)
    shuffled = features.flatten(2)[..., torch.randperm(150)].reshape(features.shape)
    torch.testing.assert_close(head(features), head(shuffled))


def test_a_distribution_over_one_bin_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        BinHead(64, 1)


def test_a_head_of_averages_takes_maps_and_cached_averages() -> None:
    head = QCHead(grid=(64, 32, 32), hidden=0, features="average").eval()
    features = torch.rand(2, 64, 2, 1, 1)
    torch.testing.assert_close(head(features), head(features.mean(dim=(2, 3, 4))))


def test_a_head_of_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="classes is 1"):
        QCHead(classes=1)


def test_steps_descend_whatever_their_thresholds_have_been_trained_to() -> None:
    layer = StepLayer(3, classes=5)
    with torch.no_grad():
        layer.bias.copy_(torch.tensor([0.0, 2.0, -1.0, 1.0]))
    logits = layer(torch.rand(2, 3))
    assert torch.all(logits.diff() <= 0)
    torch.testing.assert_close(logits[0] - logits[1], (logits[0] - logits[1])[:1].expand(4))
