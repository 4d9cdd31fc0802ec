"""The live view: its planes are those of the whole simulation."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCLib.motion import Trajectory, scores, simulate, slab_energy
from MotionQCLib.motion.patterns import make_trajectory
from MotionQCLib.motion.preview import Preview

SHAPE = (34, 41, 29)
OBLIQUE = np.array(
    [
        [-1.9, 0.35, 0.1, 30.0],
        [0.34, 2.1, 0.4, -50.0],
        [0.1, -0.42, 2.4, -10.0],
        [0, 0, 0, 1],
    ]
)
PERMUTED = np.array([[0, 0, 1.5, -20], [2.0, 0, 0, -30], [0, -2.5, 0, 40], [0, 0, 0, 1]])


@pytest.fixture(scope="module")
def volume() -> np.ndarray:
    u = np.meshgrid(*[np.linspace(-1, 1, n) for n in SHAPE], indexing="ij")
    ball = sum(x**2 for x in u) < 0.7
    return (ball * (500 + 300 * np.sin(9 * u[0]) * np.cos(7 * u[1] + 3 * u[2]))).astype(np.int16)


def motion(axis: str, **more) -> Trajectory:
    return make_trajectory(
        "steps", events=4, rotation_deg=4, translation_mm=3, axis=axis, seed=5, **more
    )


@pytest.mark.parametrize("affine", [OBLIQUE, PERMUTED], ids=["oblique", "permuted"])
@pytest.mark.parametrize("axis", ["LR", "AP", "SI"])
@pytest.mark.parametrize("output", ["magnitude", "real"])
def test_every_plane_is_that_of_the_whole_simulation(volume, affine, axis, output):
    preview, trajectory = Preview(volume, affine), motion(axis)
    whole = simulate(volume, affine, trajectory, output=output, kernel="linear")
    quick = 0
    for array_axis in range(3):
        index = SHAPE[array_axis] // 2 + 1
        expected = np.take(whole, index, array_axis)
        got = preview.plane(trajectory, array_axis, index, output)
        np.testing.assert_allclose(got, expected, atol=2e-4 * 800)
        quick += preview.contains_slab_axis(trajectory, array_axis)
    assert quick == 2


def test_the_strips_of_a_plane_make_up_the_plane(volume):
    preview, trajectory = Preview(volume, OBLIQUE), motion("AP")
    expected = preview.plane(trajectory, 1, 17)
    filled = np.full_like(expected, np.nan)
    pieces = list(preview.strips(trajectory, 1, 17))
    for rows, values in pieces:
        filled[rows] = values
    np.testing.assert_allclose(filled, expected, atol=1e-3)


def test_a_large_plane_comes_in_several_strips(monkeypatch, volume):
    monkeypatch.setattr("MotionQCLib.motion.preview._STRIP_SAMPLES", 20_000)
    pieces = list(Preview(volume, OBLIQUE).strips(motion("AP"), 1, 17))
    assert len(pieces) > 3
    assert sum(rows.stop - rows.start for rows, _ in pieces) == SHAPE[0]


def test_a_coarse_plane_looks_like_the_plane(volume):
    preview, trajectory = Preview(volume, OBLIQUE), motion("AP")
    exact, coarse = (method(trajectory, 1, 20) for method in (preview.plane, preview.coarse_plane))
    assert coarse.shape == exact.shape
    assert np.corrcoef(exact.ravel(), coarse.ravel())[0, 1] > 0.9


def test_the_scores_are_those_of_the_scan(volume):
    trajectory = motion("SI")
    assert Preview(volume, OBLIQUE).scores(trajectory) == scores(volume, OBLIQUE, trajectory)


def test_scores_are_prepared_a_little_at_a_time(monkeypatch, volume):
    monkeypatch.setattr(slab_energy, "_PIECE", 5000)
    preview, trajectory = Preview(volume, OBLIQUE), motion("AP")
    turns = 1
    while not preview.prepare_scores("AP"):
        turns += 1
    assert turns > 10
    assert preview.prepare_scores("AP"), "it stays so"
    expected = scores(volume, OBLIQUE, trajectory)
    assert preview.scores(trajectory) == expected
    preview.prepare_scores("SI")
    assert preview.scores(motion("SI")) == scores(volume, OBLIQUE, motion("SI")), "or at once"


def test_a_motion_is_scaled_to_a_score_on_this_head(volume):
    preview = Preview(volume, OBLIQUE)
    scaled = preview.scaled_to_score(motion("AP"), 2.0)
    assert preview.scores(scaled).edge == pytest.approx(2.0, rel=1e-6)


def test_a_motion_with_a_pivot_of_its_own_keeps_it(volume):
    preview, trajectory = Preview(volume, OBLIQUE), motion("AP", pivot=(10.0, -30.0, 5.0))
    expected = simulate(volume, OBLIQUE, trajectory, kernel="linear")[:, :, 9]
    np.testing.assert_allclose(preview.plane(trajectory, 2, 9), expected, atol=0.2)


def test_a_motion_as_torchio_has_it_is_refused(volume):
    published = Trajectory.from_torchio([[1, 2, 3]], [[1, 0, 0]], [0.3])
    preview = Preview(volume, PERMUTED)
    for ask in (preview.scores, lambda motion: preview.plane(motion, 0, 3)):
        with pytest.raises(ValueError, match="use simulate_slice"):
            ask(published)


@pytest.mark.parametrize(("axis", "index"), [(0, 34), (1, -1), (3, 0)])
def test_a_plane_that_is_not_there_is_refused(volume, axis, index):
    with pytest.raises(IndexError, match="no plane"):
        Preview(volume, OBLIQUE).plane(motion("AP"), axis, index)
