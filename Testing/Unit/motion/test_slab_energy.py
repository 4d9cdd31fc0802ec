"""Gradient energy by a slow Fourier transform, whole and in pieces."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCLib.motion import gradient_energy, slab_energy
from MotionQCLib.motion.slab_energy import energy_in_pieces

from .conftest import energy_slowly

CENTER = (3.0, -2.0, 4.0)


@pytest.mark.parametrize(("axis", "array_axis"), [("LR", 0), ("AP", 1), ("SI", 2)])
def test_gradient_energy_is_that_of_the_full_spectrum(a_grid, rng, axis, array_axis):
    noise = rng.uniform(size=a_grid.shape)
    expected = energy_slowly(noise, a_grid.affine, array_axis)
    assert gradient_energy(noise, a_grid.affine, axis, CENTER) == pytest.approx(expected, rel=1e-4)


def test_what_lies_beyond_the_head_has_no_gradient_energy(rng):
    affine = np.array([[0, -3.0, 0, 100], [2.5, 0, 0, -90], [0, 0.4, 3.5, -95], [0, 0, 0, 1]])
    head = rng.uniform(size=(60, 60, 60))
    index = np.stack(np.meshgrid(*map(np.arange, head.shape), indexing="ij"), axis=-1)
    radius = np.linalg.norm(index @ affine[:3, :3].T + affine[:3, 3] - CENTER, axis=-1)
    far = head + np.where(radius > 90.5, rng.uniform(size=head.shape) * 50, 0)
    near = head + np.where(radius < 69.5, rng.uniform(size=head.shape), 0)
    energy = gradient_energy(head, affine, "SI", CENTER)
    assert gradient_energy(far, affine, "SI", CENTER) == pytest.approx(energy, rel=1e-4)
    assert gradient_energy(near, affine, "SI", CENTER) != pytest.approx(energy, rel=1e-3)


def test_a_volume_without_edges_has_its_gradient_energy_spread_evenly(an_even_grid):
    empty = np.zeros(an_even_grid.shape)
    assert gradient_energy(empty, an_even_grid.affine, "AP", CENTER) == pytest.approx(
        np.full(36, 1 / 36)
    )


@pytest.mark.parametrize("across", [0, 1, 2])
def test_in_pieces_it_is_the_same(monkeypatch, a_grid, rng, across):
    noise = rng.uniform(size=a_grid.shape)
    whole = list(collected(energy_in_pieces(noise, a_grid.affine, across, CENTER)))
    monkeypatch.setattr(slab_energy, "_PIECE", 2000)
    small = list(collected(energy_in_pieces(noise, a_grid.affine, across, CENTER)))
    assert len(whole) == 3
    assert len(small) > 20
    assert small[-1] == pytest.approx(whole[-1], rel=1e-5)


def collected(pieces):
    """None for every pause, and last what was found."""
    yield (yield from pieces)
