"""Ratings by rule: motion unlike TorchIO's, a noisy rater, and a statement that says so."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from MotionQCLib.motion import trajectory_scores
from MotionQCLib.scan import read_scan
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.data.simulated_ratings import BY_RULE, RatingRule, simulate_ratings

RULE = RatingRule(versions=3)


def test_moved_versions_keep_their_person_and_lie_beside_their_manifest(
    small_dataset: Path, tmp_path: Path
) -> None:
    rows = read_manifest(small_dataset)[:2]
    rated = simulate_ratings(rows, tmp_path, RULE)
    assert [row.person for row in rated] == [rows[0].person] * 3 + [rows[1].person] * 3
    assert {row.rating for row in rated} <= set(RULE.names)
    assert read_manifest(tmp_path / "ratings.tsv") == rated
    assert "sub-" not in " ".join(path.name for path in tmp_path.iterdir())
    still, moved = nib.load(rows[0].path), nib.load(rated[0].path)
    np.testing.assert_array_equal(moved.affine, still.affine)
    assert np.abs(moved.get_fdata() - still.get_fdata()).max() > 10


def test_a_second_run_makes_nothing_anew_and_says_the_same(
    small_dataset: Path, tmp_path: Path
) -> None:
    rows = read_manifest(small_dataset)[:1]
    first = simulate_ratings(rows, tmp_path, RULE)
    times = [Path(row.path).stat().st_mtime_ns for row in first]
    assert simulate_ratings(rows, tmp_path, RULE) == first
    assert [Path(row.path).stat().st_mtime_ns for row in first] == times
    other = simulate_ratings(rows, tmp_path, replace(RULE, seed=1))
    assert {row.path for row in other}.isdisjoint(row.path for row in first)


def test_scans_of_one_name_share_no_image(small_dataset: Path, tmp_path: Path) -> None:
    first, second = read_manifest(small_dataset)[:2]
    rows = []
    for folder, row in (("early", first), ("late", second)):
        path = tmp_path / folder / "T1w.nii.gz"
        path.parent.mkdir()
        shutil.copy(row.path, path)
        rows.append(replace(first, path=str(path)))
    rated = simulate_ratings(rows, tmp_path / "rated", RULE)
    assert len({row.path for row in rated}) == 2 * RULE.versions


def test_the_rule_is_written_at_once_or_not_at_all(
    small_dataset: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = read_manifest(small_dataset)[:1]
    simulate_ratings(rows, tmp_path, RULE)
    assert (tmp_path / "RULE.txt").read_text("utf-8") == RULE.statement + "\n"
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: pytest.fail("written in place"))
    simulate_ratings(rows, tmp_path, RULE)


def test_motion_is_not_torchios(small_dataset: Path, tmp_path: Path) -> None:
    """Any slab axis and pattern, a pivot of its own; what a scanner shows is never negative."""
    rng = np.random.default_rng(0)
    drawn = [RULE.draw(rng, np.array([0.0, -20.0, 10.0])) for _ in range(60)]
    assert {each.convention for each in drawn} == {"motionqc"}
    assert {each.axis for each in drawn} == {"LR", "AP", "SI"}
    assert len({len(each) for each in drawn}) > 3
    away = np.abs([each.pivot for each in drawn] - np.array([0.0, -20.0, 10.0]))
    assert 20 < away.max() <= RULE.pivot_mm
    (row,) = simulate_ratings(read_manifest(small_dataset)[:1], tmp_path, replace(RULE, versions=1))
    assert nib.load(row.path).get_fdata().min() >= 0


def test_the_score_rated_is_that_of_the_motion_on_the_scan(
    small_dataset: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the general way, which finds slab axis, energy and centre anew for every motion."""
    from MotionQCLib.motion import scores
    from MotionQCTraining.data import simulated_ratings as module

    row = read_manifest(small_dataset)[0]
    still = module._Still.of(read_scan(row.path))
    seen: list[tuple[float, float]] = []

    def compared(trajectory, energy, center):
        found = trajectory_scores(trajectory, energy, center)
        seen.append((found.edge, scores(still.volume, still.affine, trajectory).edge))
        return found

    monkeypatch.setattr(module, "trajectory_scores", compared)
    simulate_ratings([row], tmp_path, RULE)
    np.testing.assert_allclose(*zip(*seen, strict=True), rtol=0.02)


def test_more_motion_is_rated_worse_and_a_noiseless_rater_never_errs() -> None:
    exact = replace(RULE, noise_mm=0.0)
    rng = np.random.default_rng(0)
    assert [exact.rating(score, rng) for score in (0.1, 1.0, 3.0)] == ["0", "1", "2"]
    noisy = [RULE.rating(RULE.limits_mm[0], rng) for _ in range(400)]
    assert 0.4 < noisy.count("0") / 400 < 0.6, "at a limit the rater is as good as a coin"


def test_the_rule_gives_every_rating_its_share() -> None:
    """On the scores that its own motion makes."""
    rng = np.random.default_rng(0)
    energy = 1.0 / (np.abs(np.fft.fftfreq(96, 1 / 96)) + 4)
    ratings = []
    for _ in range(400):
        draw = RULE.draw(rng, np.zeros(3))
        score = trajectory_scores(draw, energy / energy.sum(), (0, 0, 0)).edge
        ratings.append(RULE.rating(score, rng))
    shares = [ratings.count(name) / 400 for name in RULE.names]
    assert min(shares) > 0.15


def test_the_statement_says_that_nobody_has_rated() -> None:
    assert RULE.statement.startswith(BY_RULE)
    for value in ("by MotionQC's simulator", "4 mm", "0 < 1 < 2", "0.6, 1.4 mm", "0.3 mm"):
        assert value in RULE.statement


@pytest.mark.parametrize(
    "wrong",
    [
        {"names": ("0", "1")},
        {"limits_mm": (2.0, 1.0)},
        {"movements": (3, 1)},
        {"versions": 0},
        {"patterns": ("shake",)},
    ],
)
def test_a_rule_that_cannot_be_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RatingRule(**wrong)
