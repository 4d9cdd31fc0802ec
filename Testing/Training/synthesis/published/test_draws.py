"""Draws as a data set: one seed a pair of scan and number, kept whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from MotionQCTraining.synthesis.published.draws import Draws, pregenerate
from MotionQCTraining.synthesis.published.loizillon2023 import Loizillon2023Synthesis

SMALL = Loizillon2023Synthesis(grid=(20, 24, 22))
ITEMS = [(0, 0), (0, 1), (0, 3)]


def test_a_sample_depends_on_scan_number_and_seed_alone(a_head_file: Path) -> None:
    many = Draws([a_head_file], ITEMS, SMALL, seed=4)
    alone = Draws([a_head_file], [(0, 3)], SMALL, seed=4)
    np.testing.assert_array_equal(many[2][0], alone[0][0])
    assert many[2][0].shape == (1, 20, 24, 22)
    assert np.abs(many[1][0] - many[2][0]).max() > 0.1
    reseeded = Draws([a_head_file], ITEMS, SMALL, seed=5)
    assert np.abs(many[1][0] - reseeded[1][0]).max() > 0.1


def test_kept_samples_are_made_once_and_are_those_of_the_fly(
    a_head_file: Path, tmp_path: Path
) -> None:
    flying = Draws([a_head_file], ITEMS, SMALL, seed=4)
    kept = Draws([a_head_file], ITEMS, SMALL, seed=4, folder=tmp_path)
    told: list[str] = []
    pregenerate(kept, report=told.append)
    assert told == ["drawn 3 of 3 samples"]
    made = sorted(path.name for path in tmp_path.glob("*/*.npz"))
    assert len(made) == 3
    for index in range(3):
        np.testing.assert_allclose(kept[index][0], flying[index][0], atol=2e-3)
        assert kept[index][1] == flying[index][1]
    told.clear()
    pregenerate(kept, report=told.append)
    assert told == [], "nothing is made twice"


def test_an_interrupted_or_damaged_set_is_completed(a_head_file: Path, tmp_path: Path) -> None:
    kept = Draws([a_head_file], ITEMS, SMALL, seed=4, folder=tmp_path)
    pregenerate(kept)
    expected = [kept[index][0].copy() for index in range(3)]
    first, second = kept.kept(0), kept.kept(1)
    assert first is not None
    assert second is not None
    first.unlink()
    second.write_bytes(second.read_bytes()[:-500])
    told: list[str] = []
    pregenerate(kept, report=told.append)
    assert told == ["drawn 2 of 2 samples"]
    for index in range(3):
        np.testing.assert_array_equal(kept[index][0], expected[index])


def test_another_recipe_or_seed_has_a_folder_of_its_own(a_head_file: Path, tmp_path: Path) -> None:
    severe = Draws([a_head_file], ITEMS, SMALL, 4, tmp_path)
    mild = Draws([a_head_file], ITEMS, Loizillon2023Synthesis(SMALL.grid, "mild"), 4, tmp_path)
    other = Draws([a_head_file], ITEMS, SMALL, 5, tmp_path)
    assert len({severe.folder, mild.folder, other.folder}) == 3


def test_what_is_not_kept_cannot_be_made_ahead(a_head_file: Path) -> None:
    with pytest.raises(ValueError, match="no folder"):
        pregenerate(Draws([a_head_file], ITEMS, SMALL, seed=4))
