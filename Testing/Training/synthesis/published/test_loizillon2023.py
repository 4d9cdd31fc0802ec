"""The second paper's samples: still or moved, z-scored, with ranges by severity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from MotionQCTraining.data.framed import FramedHead
from MotionQCTraining.synthesis.published.loizillon2023 import Loizillon2023Synthesis, plain
from MotionQCTraining.synthesis.published.torchio_motion import as_image, displace

SMALL = Loizillon2023Synthesis(grid=(21, 25, 22))


def test_even_draws_are_the_scan_itself_as_published_and_odd_ones_moved(
    a_head: FramedHead,
) -> None:
    published = replace(SMALL, still_resampled=False)
    still, zero = published.draw(a_head, np.random.default_rng(1), 0)
    moved, one = SMALL.draw(a_head, np.random.default_rng(1), 1)
    assert (zero, one) == (0.0, 1.0)
    np.testing.assert_array_equal(still, plain(a_head, SMALL.grid))
    assert np.abs(moved - still).max() > 0.3
    for sample in (still, moved):
        assert sample.shape == SMALL.grid
        assert float(sample.mean()) == pytest.approx(0, abs=1e-4)
        assert float(sample.std()) == pytest.approx(1, abs=1e-4)


def fine(volume: np.ndarray) -> float:
    """Share of what linear interpolation takes away."""
    return float(np.square(volume - ndimage.uniform_filter(volume, 3)).mean())


def test_a_still_head_is_interpolated_too_and_lies_a_little_elsewhere(a_head: FramedHead) -> None:
    rng = np.random.default_rng(3)
    noisy = replace(a_head, image=a_head.image + rng.normal(0, 1, a_head.image.shape))
    noisy = replace(noisy, image=noisy.image.astype(np.float32), spacing_mm=1.0)
    untouched = fine(plain(noisy, SMALL.grid))
    drawn = [SMALL.draw(noisy, np.random.default_rng(seed), 0) for seed in range(6)]
    assert {label for _, label in drawn} == {0.0}
    blurred = [fine(still) / untouched for still, _ in drawn]
    assert max(blurred) < 0.97, "blur tells still from moved"
    assert max(blurred) - min(blurred) > 0.02, "not all are blurred alike"


def test_a_still_head_is_displaced_about_its_centre(a_head: FramedHead) -> None:
    small = replace(a_head, spacing_mm=1.0)
    centre = ndimage.center_of_mass(small.image)
    turned = displace(as_image(small, "head"), np.array([0, 0, 0, 0, 0, 90.0]), "linear")
    np.testing.assert_allclose(ndimage.center_of_mass(turned.numpy()[0]), centre, atol=0.6)
    shifted = displace(as_image(small, "head"), np.array([0, 2.0, 0, 0, 0, 0]), "linear")
    off = np.subtract(ndimage.center_of_mass(shifted.numpy()[0]), centre)
    np.testing.assert_allclose(off, [0, 2, 0], atol=0.05)


def test_more_severe_motion_changes_more(a_head: FramedHead) -> None:
    still = plain(a_head, SMALL.grid)

    def change(severity: str) -> float:
        synthesis = replace(SMALL, severity=severity)
        moved = [synthesis.draw(a_head, np.random.default_rng(s), 1)[0] for s in range(8)]
        return float(np.mean([np.abs(each - still).mean() for each in moved]))

    assert change("mild") < change("moderate") < change("severe")


@pytest.mark.parametrize("switch", [{"signed": False}, {"pivot": "origin"}])
def test_a_published_choice_changes_the_sample(a_head: FramedHead, switch: dict) -> None:
    mended, _ = SMALL.draw(a_head, np.random.default_rng(2), 1)
    published, _ = replace(SMALL, **switch).draw(a_head, np.random.default_rng(2), 1)
    assert np.abs(mended - published).max() > 0.05


def test_an_unknown_severity_is_refused() -> None:
    with pytest.raises(ValueError, match="one of mild, moderate, severe, test"):
        Loizillon2023Synthesis(severity="gross")
