"""Gradient energy on the device is that of ``MotionQCLib.motion``."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from MotionQCLib.motion import gradient_energy as gradient_energy_on_cpu
from MotionQCTraining.synthesis.device.energy import gradient_energy
from MotionQCTraining.synthesis.device.trajectories import AXES


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_shares_are_those_of_the_other_implementation(a_volume, axis, device) -> None:
    """Sides even and odd; voxels so large that the window cuts through the volume."""
    sides = (5.0, 7.0, 6.0)
    affine = np.diag([*sides, 1.0])
    center = np.array([70.0, 90.0, 110.0])
    expected = gradient_energy_on_cpu(a_volume, affine, AXES[axis], center)
    found = gradient_energy(
        torch.tensor(a_volume, device=device), axis, torch.from_numpy(center / sides), sides
    )
    np.testing.assert_allclose(found.cpu(), expected, rtol=1e-4, atol=1e-7)
