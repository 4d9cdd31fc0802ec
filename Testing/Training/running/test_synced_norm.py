"""Normalisation over two processes' batches is that of one process with both."""

from __future__ import annotations

import copy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn

from MotionQCLib.network import SFCN
from MotionQCTraining.running.synced_norm import SyncedNorm3d, SyncedNorms


def a_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(1, 3, 3), nn.BatchNorm3d(3), nn.ReLU(), nn.Conv3d(3, 2, 1))


def volumes() -> Tensor:
    return torch.randn(4, 1, 6, 5, 7, generator=torch.Generator().manual_seed(1))


def state_after_a_pass(network: nn.Module, x: Tensor) -> dict[str, Tensor]:
    network(x).square().mean().backward()
    gradients = {f"gradient of {n}": p.grad for n, p in network.named_parameters()}
    return {**gradients, **dict(network.named_buffers())}


def one_of_two(rank: int, folder: str) -> None:
    """What a process does: its half of the batch, and the mean of both processes' gradients."""
    dist.init_process_group(
        "gloo", f"file://{folder}/meeting", timedelta(minutes=5), world_size=2, rank=rank
    )
    network = SyncedNorms().apply(a_network())
    found = state_after_a_pass(network, volumes()[2 * rank : 2 * rank + 2])
    for name, value in found.items():
        if name.startswith("gradient"):
            dist.all_reduce(value)
            value /= 2
    torch.save(found, Path(folder) / f"{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Tensor]]:
    folder = tmp_path_factory.mktemp("halves")
    other = mp.get_context("spawn").Process(target=one_of_two, args=(1, str(folder)))
    other.start()
    one_of_two(0, str(folder))
    other.join()
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


def test_gradients_and_statistics_are_those_of_the_whole_batch(
    halves: list[dict[str, Tensor]],
) -> None:
    expected = state_after_a_pass(a_network(), volumes())
    for half in halves:
        assert set(half) == set(expected)
        for name, value in expected.items():
            torch.testing.assert_close(half[name], value, rtol=1e-4, atol=1e-6, msg=name)


def test_each_process_for_itself_would_find_something_else() -> None:
    """That the test above can fail."""
    whole, half = (state_after_a_pass(a_network(), x) for x in (volumes(), volumes()[:2]))
    name = "1.running_mean"
    assert not torch.allclose(whole[name], half[name], rtol=1e-4)


def test_layers_are_exchanged_and_put_back_with_their_numbers() -> None:
    network: Any = SFCN(grid=(32, 32, 32))
    before = copy.deepcopy(network.state_dict())
    order = [name for name, _ in network.named_parameters()]
    synced = SyncedNorms().apply(network)
    assert sum(isinstance(layer, SyncedNorm3d) for layer in synced.modules()) == 6
    assert [name for name, _ in synced.named_parameters()] == order
    plain = SyncedNorms().revert(synced)
    assert not any(isinstance(layer, SyncedNorm3d) for layer in plain.modules())
    for name, value in plain.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_in_evaluation_it_is_the_plain_layer() -> None:
    plain, synced = a_network().eval(), SyncedNorms().apply(a_network()).eval()
    assert torch.equal(plain(volumes()), synced(volumes()))
