"""Maps of a frozen network: evaluation mode, kept by weights, the published mistake on request."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from MotionQCLib.network import SFCN
from MotionQCTraining.systems.embedding import Views, flat_maps

FILES = [Path("first.npz"), Path("second.npz")]


def view(file: Path) -> np.ndarray:
    """A volume of its own for every name."""
    rng = np.random.default_rng(len(file.stem))
    return rng.random((32, 32, 32), np.float32)


@pytest.fixture
def a_network() -> SFCN:
    torch.manual_seed(0)
    return SFCN(grid=(32, 32, 32))


def maps_of(network: SFCN, folder: Path, seen=view, **options) -> list[np.ndarray]:
    return flat_maps(network, network.embed, FILES, seen, folder, **options)


def test_maps_are_those_of_evaluation_whatever_the_mode(a_network: SFCN, tmp_path: Path) -> None:
    with torch.no_grad():
        expected = a_network.eval().embed(torch.from_numpy(view(FILES[0])[None, None])).flatten()
    found = maps_of(a_network.train(), tmp_path)
    np.testing.assert_allclose(found[0], expected.numpy(), atol=1e-6)
    assert found[0].shape == (64,)


def test_maps_are_computed_once_for_the_same_weights(a_network: SFCN, tmp_path: Path) -> None:
    shown: list[Path] = []

    def seen(file: Path) -> np.ndarray:
        shown.append(file)
        return view(file)

    first = maps_of(a_network, tmp_path, seen)
    again = maps_of(a_network, tmp_path, seen)
    assert shown == FILES
    np.testing.assert_array_equal(first, again)
    with torch.no_grad():
        next(a_network.parameters()).add_(0.1)
    assert np.abs(np.subtract(maps_of(a_network, tmp_path, seen), first)).max() > 1e-4
    assert shown == FILES * 2


def test_the_published_mistake_uses_the_statistics_of_one_scan_and_keeps_none(
    a_network: SFCN, tmp_path: Path
) -> None:
    # At 32 voxels a side the last map is one cell, which has no statistics of its own.
    def larger(file: Path) -> np.ndarray:
        return np.tile(view(file), (2, 1, 1))

    before = {name: value.clone() for name, value in a_network.named_buffers()}
    wrong = maps_of(a_network, tmp_path, larger, train_mode=True)
    right = maps_of(a_network, tmp_path, larger)
    assert np.abs(np.subtract(wrong, right)).max() > 1e-3
    for name, value in a_network.named_buffers():
        assert torch.equal(value, before[name]), name


def test_views_are_read_when_asked_for() -> None:
    shown = Views(FILES, view)
    assert len(shown) == 2
    np.testing.assert_array_equal(shown[1][0], view(FILES[1]))
