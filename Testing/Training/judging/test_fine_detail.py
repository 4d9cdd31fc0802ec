"""Fine detail: how much there is, and along which axis it rings."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCTraining.judging.fine_detail import fine_detail

SHAPE = (32, 36, 40)
EVERYWHERE = np.ones(SHAPE, bool)


def noise(size: float) -> np.ndarray:
    rough = np.random.default_rng(1).normal(size=SHAPE)
    return (10 + size * rough).astype(np.float32)


def test_energy_is_that_of_the_detail_whatever_the_intensity_scale() -> None:
    once, twice = fine_detail(noise(0.1), EVERYWHERE), fine_detail(noise(0.2), EVERYWHERE)
    assert twice.relative_to(once).energy == pytest.approx(4, rel=0.01)
    rescaled = fine_detail(5 * noise(0.1), EVERYWHERE)
    assert rescaled.relative_to(once).energy == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_ripples_ring_along_their_own_axis(axis: int) -> None:
    place = np.indices(SHAPE)[axis]
    rippled = noise(0.1) + 0.1 * np.cos(place * 2 * np.pi / 4)
    ringing = fine_detail(rippled, EVERYWHERE).relative_to(fine_detail(noise(0.1), EVERYWHERE))
    assert ringing.ringing[axis] > 5
    plain = fine_detail(noise(0.1), EVERYWHERE)
    assert max(plain.ringing) < 0.05


def test_nothing_outside_the_mask_counts() -> None:
    inside = EVERYWHERE.copy()
    inside[:, :, :12] = False
    image = noise(0.1)
    disturbed = image.copy()
    disturbed[:, :, :6] += np.random.default_rng(2).normal(size=(*SHAPE[:2], 6))
    same = fine_detail(disturbed, inside).relative_to(fine_detail(image, inside))
    assert same.energy == pytest.approx(1, abs=1e-3)
    assert same.ringing == pytest.approx((1, 1, 1), abs=1e-2)


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="covers the brain"):
        fine_detail(noise(0.1), ~EVERYWHERE)
