"""Fixed volumes are made once, and made again where they are not complete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from MotionQCTraining.evaluation.fixed_volumes import Facts, Volume, fixed_volumes


class Maker:
    def __init__(self, count: int = 3) -> None:
        self.count, self.made = count, 0

    def __call__(self) -> Iterator[tuple[Volume, Facts]]:
        for number in range(self.count):
            self.made += 1
            volume = np.full((4, 5, 6), number / 8, np.float32)
            yield volume, Facts(float(number), "whole", "steps", "AP")


def test_volumes_are_made_once_and_found_again(tmp_path: Path) -> None:
    maker = Maker()
    first, second = (fixed_volumes(tmp_path / "set", maker) for _ in range(2))
    assert maker.made == 3
    assert [v.facts for v in first] == [v.facts for v in second]
    assert [v.facts.true_mm for v in second] == [0.0, 1.0, 2.0]
    np.testing.assert_array_equal(second[1].load(), np.full((4, 5, 6), 1 / 8, np.float32))


def test_a_set_whose_making_was_stopped_is_made_anew(tmp_path: Path) -> None:
    maker = Maker()

    def stop() -> None:
        if maker.made == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fixed_volumes(tmp_path, maker, stop)
    assert len(fixed_volumes(tmp_path, maker)) == 3
    assert maker.made == 5


def test_a_model_of_another_score_is_judged_by_that(tmp_path: Path) -> None:
    facts = Facts(1.0, "whole", "steps", "AP", "linear", {"time": 0.5, "bricout2025": 2.0})
    volume = np.zeros((4, 5, 6), np.float32)
    (kept,) = fixed_volumes(tmp_path, lambda: [(volume, facts)])
    assert kept.facts == facts
    assert kept.facts.by("time").true_mm == 0.5
    assert kept.facts.by("edge").true_mm == 1.0
    assert Facts(0.0, "whole").by("time").true_mm == 0.0
