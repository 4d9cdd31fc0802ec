"""The second paper's samples: still or moved, z-scored, with ranges by severity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from MotionQCTraining.data.framed import FramedHead
from MotionQCTraining.synthesis.published.loizillon2023 import Loizillon2023Synthesis, plain

SMALL = Loizillon2023Synthesis(grid=(21, 25, 22))


def test_even_draws_are_the_scan_itself_and_odd_ones_moved(a_head: FramedHead) -> None:
    still, zero = SMALL.draw(a_head, np.random.default_rng(1), 0)
    moved, one = SMALL.draw(a_head, np.random.default_rng(1), 1)
    assert (zero, one) == (0.0, 1.0)
    np.testing.assert_array_equal(still, plain(a_head, SMALL.grid))
    assert np.abs(moved - still).max() > 0.3
    for sample in (still, moved):
        assert sample.shape == SMALL.grid
        assert float(sample.mean()) == pytest.approx(0, abs=1e-4)
        assert float(sample.std()) == pytest.approx(1, abs=1e-4)


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
