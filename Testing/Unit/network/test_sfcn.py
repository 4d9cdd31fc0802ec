"""SFCN is the published network: its size, its arithmetic, its grids."""

from __future__ import annotations

import pytest
import torch

from MotionQCLib.models.architecture import array_shapes
from MotionQCLib.network import SFCN


@pytest.fixture(scope="module")
def a_network() -> SFCN:
    torch.manual_seed(0)
    return SFCN(grid=(32, 64, 96)).eval()


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_encoder_and_its_head_have_the_published_numbers_of_parameters() -> None:
    network = SFCN()
    assert count(network.encoder) == 2_950_336
    assert count(network.head) == 3_250


def test_the_forty_bin_head_has_the_printed_number_of_parameters() -> None:
    assert count(SFCN(bins=40).head) == 2_600


def test_a_model_file_holds_exactly_the_networks_arrays(a_network: SFCN) -> None:
    state = a_network.state_dict()
    shapes = {name: tuple(value.shape) for name, value in state.items() if value.ndim > 0}
    assert shapes == array_shapes("sfcn", bins=50)


def test_the_feature_map_has_one_32nd_of_each_side(a_network: SFCN) -> None:
    assert a_network.embed(torch.zeros(1, 1, 32, 64, 96)).shape == (1, 64, 1, 2, 3)


def test_pooling_follows_a_grid_other_than_its_own(a_network: SFCN) -> None:
    assert a_network(torch.zeros(1, 1, 96, 32, 32)).shape == (1, 50)


def test_a_batch_gives_what_its_volumes_give_one_by_one(a_network: SFCN) -> None:
    batch = torch.rand(3, 1, 32, 64, 32)
    with torch.no_grad():
        single = torch.cat([a_network(volume[None]) for volume in batch])
        torch.testing.assert_close(a_network(batch), single, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("grid", [(160, 192, 161), (16, 32, 32), (0, 32, 32), (64, 64)])
def test_a_grid_that_five_halvings_do_not_divide_is_refused(grid: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="multiple of 32"):
        SFCN(grid=grid)


def test_a_volume_that_five_halvings_do_not_divide_is_refused(a_network: SFCN) -> None:
    with pytest.raises(ValueError, match=r"grid is \(33, 32, 32\)"):
        a_network(torch.zeros(1, 1, 33, 32, 32))


def test_convolutions_start_kaiming_normal(a_network: SFCN) -> None:
    """Variance 2 / fan-in; a thousand and more weights hold the estimate within a tenth."""
    for name, weight in a_network.state_dict().items():
        if name.startswith("encoder") and weight.ndim == 5 and weight.numel() > 1000:
            expected = (2 / weight[0].numel()) ** 0.5
            assert float(weight.std()) == pytest.approx(expected, rel=0.1), name
