"""TorchIO's motion, mended: the pivot, the order, and the label of what is applied."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from MotionQCLib.motion import Trajectory, matrix_pose, rms_deviation, simulate
from MotionQCLib.motion.samplings import Bricout2025Sampling, MotionDraw, TorchIOSampling
from MotionQCTraining.data.framed import FramedHead
from MotionQCTraining.synthesis.published.torchio_motion import (
    as_image,
    flipped,
    in_listed_order,
    move,
)


def listed_trajectory(draw: MotionDraw, slabs: int) -> Trajectory:
    """The draw in its listed order, seen from the pose at the centre of k-space."""
    course = draw.mended(axis="SI", pivot=(0, 0, 0))
    pushes = course.matrices()
    center = pushes[course.reference(slabs)]
    seen = [matrix_pose(push @ np.linalg.inv(center)) for push in pushes]
    return replace(course, poses=np.array(seen))


@pytest.mark.parametrize("seed", range(4))
def test_torchio_acquires_the_listed_order_about_the_heads_centre(
    a_head: FramedHead, seed: int
) -> None:
    """Against the project's own simulator, which knows no exchange and turns about a pivot.

    It assigns whole slabs by their middles, TorchIO by their edges: times between slabs are alike.
    """
    slabs = a_head.image.shape[2]
    draw = TorchIOSampling((-6, 6), (-8, 8), movements=3).draw(np.random.default_rng(seed))
    draw = replace(draw, times=np.floor(draw.times * slabs) / slabs + 1e-6)
    acquired = in_listed_order(draw, slabs)
    image = as_image(a_head, "head")
    theirs = move(image, acquired.draw, "linear").numpy()[0]
    ours = simulate(
        a_head.image,
        image.affine,
        listed_trajectory(draw, slabs),
        output="real",
        kernel="linear",
    )
    inside = (slice(4, -4),) * 3  # borders are continued differently
    assert np.abs(theirs - ours)[inside].max() < 2e-3 * np.ptp(a_head.image)


@pytest.mark.parametrize("slabs", [28, 29])
def test_the_centre_of_k_space_is_never_moved(a_head: FramedHead, slabs: int) -> None:
    """Nor where a time lies less than a slab above 0.5, which TorchIO gets wrong by itself."""
    draw = TorchIOSampling((5, 6), (8, 9), movements=2).draw(np.random.default_rng(1))
    draw = replace(draw, times=np.array([0.2, 0.5 + 0.4 / slabs]))
    head = replace(a_head, image=np.ones((*a_head.image.shape[:2], slabs), np.float32))
    head.image[5:-5, 5:-5, 5:-5] = 2
    image = as_image(head, "head")

    def brightness(what: MotionDraw) -> np.ndarray:
        return move(image, what, "linear").numpy()[0].sum(axis=2)

    still = head.image.sum(axis=2)
    assert np.abs(brightness(draw) - still).max() > 1, "the defect is there to be mended"
    acquired = in_listed_order(draw, slabs)
    assert np.abs(brightness(acquired.draw) - still).max() < 1e-2
    np.testing.assert_allclose(acquired.maps[2], np.eye(4), atol=1e-12)


def test_the_worlds_origin_about_which_torchio_turns_is_the_heads_centre(
    a_head: FramedHead,
) -> None:
    """As published it is the first voxel, and the same turns displace the head far more."""
    for pivot, index in (("head", a_head.center), ("origin", (0, 0, 0))):
        affine = as_image(a_head, pivot).affine
        np.testing.assert_allclose((affine @ [*index, 1])[:3], 0, atol=1e-9)
    turns = MotionDraw(np.full((2, 3), 5.0), np.zeros((2, 3)), np.array([0.3, 0.6]))
    change = {
        pivot: np.abs(move(as_image(a_head, pivot), turns, "linear").numpy()[0] - a_head.image)
        for pivot in ("head", "origin")
    }
    assert change["origin"].mean() > 2 * change["head"].mean()


def test_the_mended_label_differs_little_from_the_samplings() -> None:
    """Maps seen from another pose keep their distances but for the lever of that pose's shift."""
    sampling = Bricout2025Sampling(mended=True)
    for seed in range(20):
        draw = sampling.draw(np.random.default_rng(seed))
        acquired = in_listed_order(draw, 160)
        assert acquired.successive_mm(82.5) == pytest.approx(draw.label_mm, abs=0.06)
        assert len(acquired.maps) == len(draw.times) + 1


def test_the_label_is_the_mean_of_successive_deviations() -> None:
    draw = MotionDraw(
        np.array([[0, 0, 1.0], [0, 0, 1.0]]),
        np.array([[1, 2, 2.0], [1, 2, 2.0]]),
        np.array([0.3, 0.6]),
    )
    acquired = in_listed_order(draw, 160)
    first = rms_deviation(acquired.maps[1], acquired.maps[0], radius=82.5)
    assert acquired.successive_mm(82.5) == pytest.approx(first / 2)
    assert first == pytest.approx(3.1351714265, abs=0.05)


def test_a_mirrored_head_keeps_its_centre_in_it(a_head: FramedHead) -> None:
    mirrored = flipped(a_head)
    np.testing.assert_array_equal(mirrored.image, a_head.image[::-1])
    np.testing.assert_allclose(flipped(mirrored).center, a_head.center)
    assert mirrored.center[0] == pytest.approx(len(a_head.image) - 1 - a_head.center[0])
