"""The network of probabilities gives what scoring makes of the same outputs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from MotionQCLib.models import RatingHead
from MotionQCLib.network import Probabilities

GRID = (64, 32, 32)


@pytest.mark.parametrize("ordinal", [False, True])
def test_probabilities_are_those_of_the_head(ordinal: bool) -> None:
    head = RatingHead(("a", "b", "c"), ordinal=ordinal, temperature=1.7)
    options = {"classes": 3, "features": "average", "hidden": 0, "ordinal": ordinal}
    network = Probabilities(
        grid=GRID, temperature=2.0, ratings={**options, "own_layers": [], "temperature": 1.7}
    ).eval()
    volume = torch.rand(1, 1, *GRID)
    with torch.inference_mode():
        motion, outputs = network.network.score_and_rate(volume)  # type: ignore[operator]
        found = network(volume)
    np.testing.assert_allclose(found[0, 50:], head.probability(outputs[0]), atol=1e-6)
    torch.testing.assert_close(found[0, :50], (motion[0] / 2).softmax(0))


def test_a_network_without_ratings_gives_bins_alone() -> None:
    network = Probabilities(bins=40, grid=GRID, temperature=1.5).eval()
    with torch.inference_mode():
        found = network(torch.rand(2, 1, *GRID))
    assert found.shape == (2, 40)
    torch.testing.assert_close(found.sum(1), torch.ones(2))
