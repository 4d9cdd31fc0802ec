"""Mixing against explicit Fourier transforms of every posed head, in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from MotionQCLib.motion.mixing import mix, mix_position

SHAPES = [(8, 9, 10), (7, 12, 5)]
SHARES = [(0.5, 0.5), (0.2, 0.15, 0.4, 0.25)]


@pytest.fixture
def heads(rng):
    """Positive volumes, one a pose."""

    def make(count, shape):
        return rng.uniform(size=(count, *shape)).astype(np.float32)

    return make


def slabs_of(shares, length, rng):
    """Which pose each slab saw: runs in a random order, so that nothing rests on neighbours."""
    counts = np.maximum(1, np.round(np.array(shares) * length).astype(int))
    runs = np.repeat(np.arange(len(shares)), counts)[:length]
    runs = np.pad(runs, (0, length - len(runs)), mode="edge")
    return rng.permutation(runs)


def mixed_slowly(heads, segments, axis):
    spectra = [np.fft.fftn(head.astype(float)) for head in heads]
    acquired = np.zeros_like(spectra[0])
    for slab, pose in enumerate(segments):
        at = (slice(None),) * axis + (slab,)
        acquired[at] = spectra[pose][at]
    return np.fft.ifftn(acquired)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("shares", SHARES)
def test_mixing_is_the_explicit_transform_of_every_posed_head(heads, rng, shape, axis, shares):
    posed = heads(len(shares), shape)
    segments = slabs_of(shares, shape[axis], rng)
    slowly = mixed_slowly(posed, segments, axis)
    magnitude = mix(posed.__getitem__, segments, axis, "magnitude")
    real = mix(posed.__getitem__, segments, axis, "real")
    assert_allclose(magnitude, np.abs(slowly), rtol=0, atol=2e-6)
    assert_allclose(real, slowly.real, rtol=0, atol=2e-6)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("output", ["magnitude", "real"])
def test_a_position_is_that_plane_of_the_whole(heads, rng, shape, axis, output):
    posed = heads(4, shape)
    segments = slabs_of(SHARES[1], shape[axis], rng)
    whole = mix(posed.__getitem__, segments, axis, output)
    for position in (0, shape[axis] // 2, shape[axis] - 1):
        plane = mix_position(posed.__getitem__, segments, axis, position, output)
        assert_allclose(plane, whole.take(position, axis), rtol=0, atol=2e-6)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_heads_that_are_all_the_same_mix_to_that_head(heads, rng, axis):
    head = heads(1, SHAPES[0])[0]
    segments = slabs_of(SHARES[1], head.shape[axis], rng)
    assert_allclose(mix(lambda pose: head, segments, axis, "magnitude"), head, rtol=0, atol=1e-6)
    assert_allclose(mix(lambda pose: head, segments, axis, "real"), head, rtol=0, atol=1e-6)


def test_each_pose_is_asked_for_once(heads, rng):
    posed, asked = heads(4, SHAPES[0]), []

    def ask(pose):
        asked.append(pose)
        return posed[pose]

    mix(ask, slabs_of(SHARES[1], 10, rng), 2, "magnitude")
    assert sorted(asked) == [0, 1, 2, 3]


def test_mixing_is_linear_in_the_real_image(heads, rng):
    one, other = heads(2, SHAPES[0]), heads(2, SHAPES[0])
    segments = slabs_of(SHARES[0], 10, rng)
    parts = [mix(heads.__getitem__, segments, 2, "real") for heads in (one, other)]
    total = mix((one + 3 * other).__getitem__, segments, 2, "real")
    assert_allclose(total, parts[0] + 3 * parts[1], rtol=0, atol=5e-6)
