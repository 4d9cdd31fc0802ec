"""Sets of whole volumes: made once, found again, made on either side alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from MotionQCTraining.data.manifest import Row, read_manifest
from MotionQCTraining.data.volumes import prepare
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.drawn_versions import DrawnVersions
from MotionQCTraining.synthesis.fixed_set import FixedSet, Maker, fixed_set, wanted_scores
from MotionQCTraining.synthesis.sample_config import SampleConfig
from MotionQCTraining.synthesis.simulated_versions import SimulatedVersions

GRID = (64, 64, 64)
Scans = tuple[list[Path], list[Row]]


@pytest.fixture(scope="module")
def scans(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Scans:
    rows = read_manifest(small_dataset)[:2]
    return prepare(rows, tmp_path_factory.mktemp("prepared"), GRID), rows


def makers(scans: Scans, seed: int = 3) -> dict[str, Maker]:
    config = SynthesisConfig(kernel="linear", events=2)
    return {
        "simulated": SimulatedVersions(GRID, SampleConfig(crop=(32, 32, 32)), seed),
        "drawn": DrawnVersions(*scans, config, seed, torch.device("cpu"), compiled=False),
    }


@pytest.fixture(scope="module", params=["simulated", "drawn"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sets")


@pytest.fixture(scope="module")
def made(kind: str, scans: Scans, folder: Path) -> FixedSet:
    return fixed_set(*scans, folder, makers(scans)[kind], draws=3)


def test_every_scan_lies_still_and_moves_little_and_much(made: FixedSet, scans: Scans) -> None:
    assert len(made) == 8
    assert made.persons == [row.person for row in scans[1] for _ in range(4)]
    for scores in made.scores_mm.reshape(2, 4):
        assert scores[0] == 0
        # A brief motion may be left smaller than asked for.
        assert np.all(scores[1:] > 0)
        assert np.all(scores <= np.array([0, 4 / 3, 8 / 3, 4]) + 0.05)
    assert all(volume.shape == GRID for volume in made.volumes)
    assert min(volume.min() for volume in made.volumes) >= 0
    assert max(volume.max() for volume in made.volumes) <= 1.5


def test_a_set_is_found_again(made: FixedSet, kind: str, scans: Scans, folder: Path) -> None:
    told: list[str] = []
    again = fixed_set(*scans, folder, makers(scans)[kind], draws=3, report=told.append)
    assert told == []
    np.testing.assert_array_equal(again.scores_mm, made.scores_mm)


def test_another_seed_is_another_set(made: FixedSet, kind: str, scans: Scans, folder: Path) -> None:
    told: list[str] = []
    other = fixed_set(*scans, folder, makers(scans, 4)[kind], draws=3, report=told.append)
    assert told[0] == f"simulating {scans[1][0].person} (1 of 2)"
    assert not np.array_equal(other.scores_mm, made.scores_mm)


def test_a_set_does_not_depend_on_the_other_scans(
    made: FixedSet, kind: str, scans: Scans, tmp_path: Path
) -> None:
    files, rows = scans
    alone = (files[1:], rows[1:])
    only = fixed_set(*alone, tmp_path, makers(alone)[kind], draws=3)
    for one, other in zip(only.volumes, made.volumes[4:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_wanted_scores_are_spread_evenly() -> None:
    wanted = wanted_scores(np.random.default_rng(0), 4)
    assert wanted[0] == 0
    assert [int(score) for score in wanted[1:]] == [0, 1, 2, 3]


def test_varied_volumes_are_of_another_head_shown_otherwise(scans: Scans, tmp_path: Path) -> None:
    config = SampleConfig(crop=(32, 32, 32))
    plain, varied = (
        fixed_set(
            *scans, tmp_path, SimulatedVersions(GRID, config, 3, varied=varied), draws=1
        ).volumes[0]
        for varied in (False, True)
    )
    assert np.abs(plain.astype(float) - varied.astype(float)).mean() > 0.02
