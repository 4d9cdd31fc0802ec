"""A head of ratings beside the head of bins: names, shapes, and what it leaves alone."""

from __future__ import annotations

import pytest
import torch

from MotionQCLib.models import RatingHead
from MotionQCLib.models.architecture import array_shapes, rating_shapes
from MotionQCLib.models.ratings import OWN_LAYERS, OwnLayers
from MotionQCLib.network import SFCN, RatedSFCN, RatingBranch
from MotionQCLib.scoring.runtimes.torch_runtime import build_head

GRID = (64, 32, 32)


def rated(head: RatingHead) -> RatedSFCN:
    branch = RatingBranch(OWN_LAYERS[head.own_layers], build_head(head, GRID))
    return RatedSFCN(branch, grid=GRID).eval()


@pytest.mark.parametrize("own_layers", ["none", "projection", "block5"])
@pytest.mark.parametrize(
    "head",
    [
        {"features": "average"},
        {"features": "average", "ordinal": True},
        {"features": "map", "hidden": 10},
        {"features": "map", "hidden": 10, "ordinal": True},
        {"features": "map"},
    ],
)
def test_its_state_is_what_a_model_file_holds(own_layers: OwnLayers, head: dict) -> None:  # type: ignore[type-arg]
    design = RatingHead(("a", "b", "c", "d"), own_layers=own_layers, **head)
    state = rated(design).state_dict()
    shapes = {name: tuple(value.shape) for name, value in state.items() if value.ndim}
    assert shapes == array_shapes("sfcn", 50) | rating_shapes(design, GRID)


@pytest.mark.parametrize("own_layers", OWN_LAYERS)
def test_the_motion_is_that_of_the_plain_network(own_layers: OwnLayers) -> None:
    network = rated(RatingHead(("a", "b", "c"), own_layers=own_layers))
    plain = SFCN(grid=GRID).eval()
    state = network.state_dict()
    plain.load_state_dict({name: state[name] for name in plain.state_dict()})
    volume = torch.rand(1, 1, *GRID)
    motion, ratings = network.score_and_rate(volume)
    torch.testing.assert_close(motion, plain(volume))
    assert ratings.shape == (1, 3)


def test_own_layers_are_those_that_the_ratings_see() -> None:
    network = rated(RatingHead(("a", "b"), own_layers="projection"))
    volume = torch.rand(1, 1, *GRID)
    motion, ratings = network.score_and_rate(volume)
    with torch.no_grad():
        network.ratings.encoder.projection.norm.bias += 1  # type: ignore[union-attr, operator]
    changed_motion, changed_ratings = network.score_and_rate(volume)
    torch.testing.assert_close(motion, changed_motion)
    assert not torch.allclose(ratings, changed_ratings)
