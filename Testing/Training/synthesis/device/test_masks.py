"""What is cut away lies where the drawn surfaces and planes say."""

from __future__ import annotations

import math

import torch

from MotionQCTraining.synthesis.device.masks import face_planes, within, without_face


def to_ras() -> torch.Tensor:
    """Voxels of 2 mm about the world's origin."""
    affine = torch.diag(torch.tensor([2.0, 2.0, 2.0, 1.0], dtype=torch.float64))
    affine[:3, 3] = -20.0
    return affine[None]


def plane(degrees: float, depth: float) -> torch.Tensor:
    planes = face_planes(
        torch.tensor([math.radians(degrees)], dtype=torch.float64),
        torch.tensor([depth], dtype=torch.float64),
        torch.zeros(1, 3, dtype=torch.float64),
        to_ras(),
    )
    return planes[0].float()


def test_what_lies_outside_the_margin_becomes_air() -> None:
    distance = torch.tensor([-2.0, 0.0, 1.0, 1.1]).view(4, 1, 1)
    assert within(torch.ones(4, 1, 1), distance, 1.0).flatten().tolist() == [1, 1, 1, 0]


def test_a_plane_to_the_front_removes_what_lies_before_it() -> None:
    left = without_face(torch.ones(21, 21, 21), plane(0.0, 9.0), None)
    assert torch.all(left[:, :15] == 1)
    assert torch.all(left[:, 15:] == 0)


def test_a_plane_downwards_removes_what_lies_below_it() -> None:
    left = without_face(torch.ones(21, 21, 21), plane(90.0, 9.0), None)
    assert torch.all(left[:, :, :6] == 0)
    assert torch.all(left[:, :, 6:] == 1)


def test_the_brain_is_never_removed() -> None:
    near = torch.full((21, 21, 21), 2.9)
    image = torch.ones(21, 21, 21)
    assert torch.equal(without_face(image, plane(45.0, -50.0), near), image)
    assert torch.all(without_face(image, plane(45.0, -50.0), near + 1) == 0)
