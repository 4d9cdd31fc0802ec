"""What is cut away lies where the drawn surfaces and planes say."""

from __future__ import annotations

import math

import numpy as np
import torch

from MotionQCTraining.synthesis.device.masks import within, without_face
from MotionQCTraining.synthesis.face import Face


def plane(degrees: float, depth: float) -> torch.Tensor:
    """Of a face about the world's origin, over voxels of 2 mm about it."""
    to_ras = np.diag([2.0, 2.0, 2.0, 1.0])
    to_ras[:3, 3] = -20.0
    found = Face(math.radians(degrees), depth).plane((0.0, 0.0, 0.0)) @ to_ras
    return torch.from_numpy(found).float()


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
