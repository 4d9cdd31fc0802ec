"""Conv5FC3 is the published network: its size, its padding, and what freezing leaves alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from MotionQCLib.network import Conv5FC3
from MotionQCLib.network.conv5fc3 import EvenPoolingBlock, map_sides

ODD = (21, 33, 19)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_it_has_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        network = Conv5FC3()
    assert count(network.trunk) == 294_720
    assert count(network.classifier) == 41_999_252
    assert count(network) == 42_293_972


def test_the_papers_grid_leaves_6_7_6_cells() -> None:
    assert map_sides((169, 208, 179)) == (6, 7, 6)


@pytest.mark.parametrize("grid", [ODD, (32, 64, 32), (7, 40, 95)])
def test_any_grid_gives_one_logit_a_class(grid: tuple[int, int, int]) -> None:
    network = Conv5FC3(classes=3, grid=grid).eval()
    with torch.no_grad():
        volumes = torch.rand(2, 1, *grid)
        assert network(volumes).shape == (2, 3)
        assert network.trunk(volumes).shape == (2, 128, *map_sides(grid))


def test_pooling_pads_odd_sides_with_zeros_to_even_ones() -> None:
    torch.manual_seed(2)
    block = EvenPoolingBlock(1, 4).eval()
    volume = torch.randn(1, 1, *ODD)
    with torch.no_grad():
        activated = block.norm(block.conv(volume)).clamp(min=0)
        # Pads are given from the last axis on; only the far side of an odd axis has one.
        padded = nn.functional.pad(activated, (0, 1, 0, 1, 0, 1))
        expected = nn.functional.max_pool3d(padded, 2)
        torch.testing.assert_close(block(volume), expected)


def a_step(network: Conv5FC3) -> dict[str, torch.Tensor]:
    """State after one optimiser step on random volumes."""
    network.train()
    trained = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=0.01)
    network(torch.rand(4, 1, *network.grid) + 3).square().sum().backward()
    optimizer.step()
    return {name: value.clone() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("keep", [True, False])
def test_a_frozen_trunk_keeps_its_weights_and_its_statistics_if_asked(keep: bool) -> None:
    torch.manual_seed(3)
    network = Conv5FC3(grid=ODD)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.freeze_trunk(keep_statistics=keep)
    after = a_step(network)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    statistics = {n for n in before if n.startswith("trunk") and n.split(".")[-1] in STATISTICS}
    classifier = {name for name in before if name.startswith("classifier")}
    assert changed == (classifier if keep else classifier | statistics)


STATISTICS = {"running_mean", "running_var", "num_batches_tracked"}


def test_the_embedding_of_a_frozen_trunk_is_that_of_evaluation_even_while_training() -> None:
    network = Conv5FC3(grid=ODD)
    volumes = torch.rand(2, 1, *ODD)
    with torch.no_grad():
        expected = network.eval().embed(volumes)
        network.freeze_trunk()
        torch.testing.assert_close(network.train().embed(volumes), expected)


def test_another_grid_than_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match=r"give volumes as \(B, 1, 21, 33, 19\)"):
        Conv5FC3(grid=ODD)(torch.zeros(1, 1, 32, 32, 32))


@pytest.mark.parametrize(("classes", "grid"), [(1, ODD), (2, (0, 3, 3)), (2, (32, 32))])
def test_a_network_that_cannot_be_is_refused(classes: int, grid: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"classes is 1|grid is"):
        Conv5FC3(classes, grid)
