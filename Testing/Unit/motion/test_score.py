"""The three scores, by hand, by a slow Fourier transform, and by what they are for."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from scipy import ndimage, stats

from MotionQCLib.motion import (
    Trajectory,
    gradient_energy,
    rms_deviation,
    scores,
    simulate,
    trajectory_scores,
)
from MotionQCLib.motion.patterns import PATTERNS, make_trajectory
from MotionQCLib.motion.samplings import Bricout2025Sampling
from MotionQCLib.motion.score import scaled_to_score
from MotionQCLib.scan.head import brain_center

from .conftest import energy_slowly

CENTER = (3.0, -2.0, 4.0)
SHIFT = [[0, 0, 0, 0, 0, 0], [3, 4, 0, 0, 0, 0]]


def flat(slabs):
    return np.full(slabs, 1 / slabs)


def test_time_weighs_each_pose_by_its_share_of_the_slabs():
    moved = Trajectory(SHIFT, [0, 0.75], pivot=CENTER)
    assert trajectory_scores(moved, flat(40), CENTER).time == pytest.approx(5 * 0.25)


def test_edge_weighs_each_pose_by_the_gradient_energy_of_its_slabs(rng):
    energy = rng.dirichlet(np.ones(20))
    moved = Trajectory(SHIFT, [0, 0.75], pivot=CENTER)
    late = np.fft.ifftshift(np.arange(20) >= 15)
    assert trajectory_scores(moved, energy, CENTER).edge == pytest.approx(5 * energy[late].sum())


def test_deviation_is_from_the_pose_at_the_centre_of_k_space_not_from_the_first():
    returned = Trajectory(SHIFT, [0, 0.1], pivot=CENTER)
    found = trajectory_scores(returned, flat(40), CENTER)
    assert found.time == pytest.approx(5 * 0.1)
    assert found.edge == pytest.approx(5 * 0.1)


def test_deviation_is_about_the_brains_centre_wherever_the_pivot_is():
    turn = Trajectory([[0] * 6, [0, 0, 0, 0, 0, 3]], [0, 0.55], pivot=(40, 0, -30))
    expected = rms_deviation(turn.matrices()[1], center=CENTER)
    found = trajectory_scores(turn, flat(40), CENTER).time / (18 / 40)
    assert found == pytest.approx(expected)


def test_bricouts_score_is_the_mean_of_successive_deviations_about_the_pivot():
    poses = np.array([[0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 2], [1, 2, 3, 0, 0, 2]])
    trajectory = Trajectory(poses, [0, 0.2, 0.6], pivot=CENTER)
    expected = (1.8212487148 + np.sqrt(14)) / 2
    found = trajectory_scores(trajectory, flat(40), (50, 50, 50)).bricout2025
    assert found == pytest.approx(expected, abs=1e-6)


def test_rest_scores_zero():
    rest = trajectory_scores(Trajectory(np.zeros((3, 6)), [0, 0.2, 0.7]), flat(32), CENTER)
    assert (rest.edge, rest.time, rest.bricout2025) == (0, 0, 0)
    alone = trajectory_scores(Trajectory(np.ones((1, 6)), [0]), flat(32), CENTER)
    assert (alone.edge, alone.time, alone.bricout2025) == pytest.approx((0, 0, 0), abs=1e-9)


@pytest.mark.parametrize("axis", ["LR", "AP", "SI"])
def test_scores_do_not_depend_on_how_the_scan_is_stored(a_head, an_even_grid, axis):
    still = a_head.scanned(an_even_grid).astype(np.float32)
    moved = make_trajectory(
        "steps", events=4, rotation_deg=3, translation_mm=2, seed=4, axis=axis, pivot=CENTER
    )
    stored = nibabel.Nifti1Image(still, an_even_grid.affine)
    turned = stored.as_reoriented(np.array([[1, -1], [2, 1], [0, -1]]))
    here = scores(still, an_even_grid.affine, moved)
    there = scores(np.asarray(turned.dataobj), turned.affine, moved)
    assert list(there.to_json().values()) == pytest.approx(list(here.to_json().values()), rel=1e-3)


def test_a_torchio_trajectory_is_scored_along_the_array_axis_it_is_simulated_on(rng):
    # Array axis 2 is AP here, and only that axis has any edges.
    affine = np.eye(4)[:, [0, 2, 1, 3]]
    profile = rng.uniform(size=30)
    volume = np.broadcast_to(profile, (30, 30, 30)).astype(np.float32)
    moved = Trajectory.from_torchio(np.zeros((1, 3)), np.ones((1, 3)), [0.8])
    late = np.fft.ifftshift(np.arange(30) >= 24)
    expected = np.sqrt(3) * energy_slowly(volume, affine, 2)[late].sum()
    assert scores(volume, affine, moved).edge == pytest.approx(expected, rel=1e-4)


# What the scores are for: on real heads, the headline follows the visible artefact best.

SCANS = (
    "ds000011/sub-01",
    "ds000011/sub-05",
    "ds002748/sub-07",
)
MOTIONS_A_SCAN = 27


@pytest.fixture(scope="module")
def small_heads(real_data):
    """Real scans at about 3 mm, as (volume, affine, where the head is)."""
    heads = []
    for folder in SCANS:
        paths = sorted((real_data / folder).rglob("*T1w.nii*"))
        if not paths:
            pytest.skip(f"real scan {folder} is absent from {real_data}")
        image = nibabel.load(paths[0])
        factors = np.maximum(1, np.round(3 / np.array(image.header.get_zooms()[:3]))).astype(int)
        data = np.asarray(image.dataobj, dtype=np.float32)
        data = data[tuple(slice(0, n // f * f) for n, f in zip(data.shape, factors, strict=True))]
        i, j, k = (n // f for n, f in zip(data.shape, factors, strict=True))
        small = data.reshape(i, factors[0], j, factors[1], k, factors[2]).mean(axis=(1, 3, 5))
        affine = image.affine.copy()
        affine[:3, 3] += affine[:3, :3] @ ((factors - 1) / 2)
        affine[:3, :3] *= factors
        bright = small > 0.25 * np.percentile(small, 98)
        heads.append((small, affine, ndimage.binary_fill_holes(bright)))
    return heads


def drawn_motions(rng, count):
    """Sudden motions of many sizes along every axis: our patterns and the first paper's."""
    for number in range(count):
        kind, axis = (number // 3) % 3, ("LR", "AP", "SI")[number % 3]
        if kind == 2:
            yield Bricout2025Sampling().draw(rng).mended(axis=axis)
            continue
        reach = rng.uniform(0.2, 4)
        yield make_trajectory(
            ("steps", "step-and-return")[kind],
            events=int(rng.integers(1, 5)),
            rotation_deg=reach,
            translation_mm=reach,
            seed=int(rng.integers(2**32)),
            axis=axis,
        )


def artefact_inside(head, moved, reference):
    """RMS inside the head of what is not explained by where the reference pose puts it."""
    volume, affine, inside = head
    posed = simulate(volume, affine, reference)
    mask = simulate(inside.astype(np.float32), affine, reference, kernel="linear") > 0.5
    return np.sqrt(np.mean((moved - posed)[mask] ** 2)) / volume[inside].mean()


@pytest.mark.slow
def test_on_real_heads_edge_ranks_the_artefact_inside_the_head_best(small_heads, rng):
    found, artefacts = [], []
    for head in small_heads:
        volume, affine, _ = head
        center = brain_center(volume, affine)
        energy = {
            axis: gradient_energy(volume, affine, axis, center) for axis in ("LR", "AP", "SI")
        }
        for drawn in drawn_motions(rng, MOTIONS_A_SCAN):
            moving = drawn.about(center)
            of_motion = trajectory_scores(moving, energy[moving.axis], center)
            found.append(tuple(of_motion.to_json().values()))
            held = moving.poses[[moving.reference(len(energy[moving.axis]))]]
            moved = simulate(volume, affine, moving)
            artefacts.append(artefact_inside(head, moved, Trajectory(held, [0], pivot=center)))
    edge, time, bricout = (
        stats.spearmanr(column, artefacts)[0] for column in zip(*found, strict=True)
    )
    assert edge > 0.9
    assert edge > time + 0.01
    assert edge > bricout + 0.1


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("wanted", [0.3, 1.0, 4.0])
def test_a_motion_is_scaled_to_a_wanted_score(pattern, wanted):
    energy = np.abs(np.fft.fftfreq(64)) + 0.01
    energy /= energy.sum()
    drawn = make_trajectory(pattern, events=3, rotation_deg=1, translation_mm=1, seed=4)
    scaled = scaled_to_score(drawn, wanted, energy, (3, -20, 10))
    assert trajectory_scores(scaled, energy, (3, -20, 10)).edge == pytest.approx(wanted, rel=1e-4)


def test_rest_cannot_be_scaled_to_a_score():
    with pytest.raises(ValueError, match="draw another"):
        scaled_to_score(Trajectory(np.zeros((2, 6)), [0, 0.5]), 1.0, np.ones(8) / 8, (0, 0, 0))
