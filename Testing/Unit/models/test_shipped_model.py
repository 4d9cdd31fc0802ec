"""The model that comes with the package says what it is, and is as good as it has to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from MotionQCLib.models import DEFAULT_MODEL, ModelBundle, find_model
from MotionQCLib.models.registry import SHIPPED_FOLDER
from MotionQCLib.motion import Trajectory, gradient_energy, pose_matrix, simulate
from MotionQCLib.motion.patterns import make_trajectory
from MotionQCLib.motion.score import scaled_to_score
from MotionQCLib.resampling.resampler import Resampler
from MotionQCLib.scan import Scan, brain_center, read_scan
from MotionQCLib.scoring import Scorer

HELD_OUT = "held-out subjects"
ORDERED_AT_LEAST = 0.9
"""Share of scans that score lower at rest than moved by 1.5 mm or more, at every source."""
INTERPOLATION_AT_MOST_MM = 0.3
"""What one interpolation of a still head may change its score by."""
MOVED_MM = 1.5

STILL_SCANS = {
    "a whole head": "ds000011/sub-03/anat/sub-03_T1w.nii.gz",
    "an extracted brain": "ds002748/sub-04/anat/sub-04_desc-brain_T1w.nii.gz",
}
"""Scans of subjects held out from training."""


@pytest.fixture(scope="module")
def shipped_model() -> ModelBundle:
    if not (SHIPPED_FOLDER / f"{DEFAULT_MODEL}.safetensors").exists():
        pytest.skip(f"{DEFAULT_MODEL} has not been trained yet")
    return find_model(DEFAULT_MODEL)


@pytest.fixture(scope="module")
def training(shipped_model: ModelBundle) -> dict[str, Any]:
    return dict(shipped_model.metadata.training)


@pytest.fixture(scope="module")
def figures(shipped_model: ModelBundle) -> dict[str, Any]:
    """Figures of model and floor by source, as ``motionqc evaluate`` recorded them."""
    recorded = shipped_model.metadata.metrics.get("test", {})
    assert {"model", "floor"} <= set(recorded), "run `motionqc evaluate --floor --record`"
    return dict(recorded)


def test_its_file_is_called_what_it_calls_itself(shipped_model: ModelBundle) -> None:
    assert shipped_model.metadata.name == DEFAULT_MODEL


def test_it_calls_itself_preliminary(shipped_model: ModelBundle) -> None:
    assert shipped_model.metadata.status == "preliminary"


def test_it_lists_its_scans_and_their_licences(training: dict[str, Any]) -> None:
    subjects, sites = training["subjects"], training["sites"]
    assert all(set(counts) <= set(sites) for counts in subjects.values())
    assert all(site["licence"] not in ("", "not stated") for site in sites.values())
    assert len(training["scans"]) >= sum(sum(counts.values()) for counts in subjects.values())
    assert set(training["names"]) == set(training["scans"]), "all of its scans are public"


def test_its_card_tells_the_licences_and_every_figure(
    training: dict[str, Any], figures: dict[str, Any]
) -> None:
    card = (SHIPPED_FOLDER / f"{DEFAULT_MODEL}.md").read_text(encoding="utf-8")
    assert "research use only" in card
    for name, site in training["sites"].items():
        assert any(name in line and site["licence"] in line for line in card.splitlines())
    for who in ("model", "floor"):
        for source, found in figures[who].items():
            row = next(
                line for line in card.splitlines() if line.startswith(f"| {who} | {source} ")
            )
            assert f" {found['r2']:.2f} " in row
            assert f" {found['mae_mm']:.2f} " in row


def test_it_was_judged_on_scans_it_has_not_seen(
    training: dict[str, Any], figures: dict[str, Any]
) -> None:
    tested = set(figures["tested"]["scans"])
    assert tested
    assert tested.isdisjoint(training["scans"])


def test_it_is_better_than_the_floor_on_held_out_subjects(figures: dict[str, Any]) -> None:
    model, floor = figures["model"][HELD_OUT], figures["floor"][HELD_OUT]
    assert model["volumes"] == floor["volumes"]
    assert model["r2"] > floor["r2"]
    assert model["mae_mm"] < floor["mae_mm"]


def test_it_puts_still_scans_below_moved_ones_at_every_source(figures: dict[str, Any]) -> None:
    assert set(figures["model"]) > {HELD_OUT}
    ordered = {source: found["still_below_moved"] for source, found in figures["model"].items()}
    low = {
        source: share for source, share in ordered.items() if not (share or 0) >= ORDERED_AT_LEAST
    }
    assert low == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", STILL_SCANS)
def test_an_interpolated_still_head_scores_like_itself_and_below_a_moved_one(
    shipped_model: ModelBundle, real_data: Path, kind: str
) -> None:
    """Whoever resamples a scan must not be told that the patient moved."""
    file = real_data / STILL_SCANS[kind]
    if not file.exists():
        pytest.skip(f"the scan is absent: {STILL_SCANS[kind]} is not in MOTIONQC_DATA")
    scan = read_scan(file)
    scorer = Scorer(shipped_model, "cpu")
    versions = {"as it is": scan, "interpolated": displaced(scan), "moved": moved(scan)}
    score = {name: scorer.score(image).motion_score_mm for name, image in versions.items()}
    assert abs(score["interpolated"] - score["as it is"]) < INTERPOLATION_AT_MOST_MM, score
    assert max(score["interpolated"], score["as it is"]) < score["moved"], score


def displaced(scan: Scan) -> Scan:
    """The scan after one random rigid displacement, interpolated by a cubic kernel."""
    pose = np.random.default_rng(11).uniform(-1, 1, 6) * np.repeat([5.0, 8.0], 3)
    push = pose_matrix(pose, brain_center(scan.data, scan.affine))
    pull = np.linalg.inv(scan.affine) @ np.linalg.inv(push) @ scan.affine
    data = Resampler(np.asarray(scan.data, np.float32), "cubic")(pull)
    return with_data(scan, np.maximum(data, 0))


def moved(scan: Scan) -> Scan:
    """The scan with motion of a known score."""
    center = brain_center(scan.data, scan.affine)
    course: Trajectory = make_trajectory(
        "steps", events=4, rotation_deg=1.0, translation_mm=1.0, seed=7
    )
    energy = gradient_energy(scan.data, scan.affine, course.axis, center)
    trajectory = scaled_to_score(course, MOVED_MM, energy, center)
    return with_data(scan, simulate(scan.data, scan.affine, trajectory))


def with_data(scan: Scan, data: np.ndarray) -> Scan:
    return Scan(data, scan.affine, scan.source, scan.format)
