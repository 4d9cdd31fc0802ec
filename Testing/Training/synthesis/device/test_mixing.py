"""Mixing on the device: exact, and neutral where nothing differs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from MotionQCLib.motion.mixing import Output, mix
from MotionQCTraining.synthesis.device.mixing import Mixture


def mixed(volumes: Tensor, segments: list[int], axis: int, output: Output) -> Tensor:
    i, j, k = volumes[0].shape
    mixture = Mixture((i, j, k), axis, volumes.device, output)
    held = torch.tensor(segments)
    for number, volume in enumerate(volumes):
        mixture.add(volume, held == number)
    return mixture.image()


@pytest.mark.parametrize("output", ["magnitude", "real"])
@pytest.mark.parametrize("axis", [0, 1, 2])
@given(data=st.data())
def test_any_division_of_k_space_mixes_as_the_other_simulator_does(axis, output, data) -> None:
    """The other one transforms whole spectra; even and odd parts are this one's alone."""
    shape = [6, 7, 8]
    shape[axis] = data.draw(st.integers(2, 13))
    segments = data.draw(st.lists(st.integers(0, 3), min_size=shape[axis], max_size=shape[axis]))
    volumes = np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)
    expected = mix(lambda pose: volumes[pose], np.array(segments), axis, output)
    found = mixed(torch.from_numpy(volumes), segments, axis, output)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@given(st.lists(st.integers(0, 4), min_size=9, max_size=9))
def test_equal_heads_mix_to_themselves(segments) -> None:
    """The mixing matrices sum to the identity, however k-space is divided."""
    volume = torch.from_numpy(np.random.default_rng(2).normal(size=(5, 9, 4)).astype(np.float32))
    found = mixed(volume.expand(5, -1, -1, -1), segments, 1, "real")
    torch.testing.assert_close(found, volume, atol=1e-5, rtol=0)
