"""A face lies in front of a plane and below it, never behind the brain."""

from __future__ import annotations

import math

import numpy as np
import pytest

from MotionQCTraining.synthesis.face import Face, draw_face

CENTER = (3.0, -20.0, 15.0)


def beyond(face: Face, place: tuple[float, float, float]) -> bool:
    return bool(face.plane(CENTER) @ [*place, 1.0] > 0)


def test_a_plane_straight_ahead_cuts_what_lies_in_front() -> None:
    face = Face(0.0, 80.0)
    assert beyond(face, (50.0, 60.1, -90.0))
    assert not beyond(face, (50.0, 59.9, -90.0))


def test_a_plane_downwards_cuts_what_lies_below() -> None:
    face = Face(math.pi / 2, 80.0)
    assert beyond(face, (0.0, -100.0, -65.1))
    assert not beyond(face, (0.0, 100.0, -64.9))


def test_no_drawn_plane_reaches_the_top_or_the_back_of_a_head() -> None:
    for seed in range(200):
        face = draw_face(np.random.default_rng(seed), (75.0, 95.0))
        assert 75.0 <= face.depth_mm <= 95.0
        assert np.linalg.norm(face.plane(CENTER)[:3]) == pytest.approx(1.0)
        assert not beyond(face, (3.0, -20.0, 115.0))
        assert not beyond(face, (3.0, -120.0, 15.0))
        assert beyond(face, (3.0, 90.0, -95.0)), "the chin"
