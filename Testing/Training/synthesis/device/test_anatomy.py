"""Other heads from the same scan: bent as much as drawn, and not at the brain's centre."""

from __future__ import annotations

import torch

from MotionQCTraining.synthesis.device.anatomy import (
    displacement_field,
    draw_control,
    scaling_pulls,
)

GRID = (20, 24, 16)
CENTER = torch.tensor([9.2, 11.8, 8.0])


def test_equal_control_points_shift_a_head_as_a_whole_and_so_not_at_all() -> None:
    field = displacement_field(torch.full((3, 7, 7, 7), 4.0), GRID, CENTER)
    torch.testing.assert_close(field, torch.zeros(3, *GRID), atol=1e-5, rtol=0)


def test_a_field_is_smooth_and_zero_at_the_centre(generator) -> None:
    (control,) = draw_control(generator, 1, torch.tensor([5.0]))
    field = displacement_field(control, GRID, CENTER)
    assert field.shape == (3, *GRID)
    assert torch.all(field[:, 9, 12, 8] == 0)
    assert field.abs().max() > 1
    assert all(field.diff(n=2, dim=axis).abs().max() < 1 for axis in (1, 2, 3))


def test_control_points_stay_within_what_is_allowed(generator) -> None:
    control = draw_control(generator, 2, torch.tensor([0.0, 3.0]))
    assert torch.all(control[0] == 0)
    assert 2.8 < control[1].abs().max() <= 3


def test_an_enlarged_head_looks_nearer_to_its_centre() -> None:
    """Twice as large: 4 voxels from the centre lies what was 2 voxels from it."""
    centers = torch.tensor([[10.0, 12.0, 8.0]])
    (pull,) = scaling_pulls(torch.full((1, 3), 2.0), centers)
    seen = pull @ torch.tensor([14.0, 12.0, 8.0, 1.0])
    torch.testing.assert_close(seen, torch.tensor([12.0, 12.0, 8.0]))
