"""Samples: alike but for motion, and honest about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.motion import Trajectory
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.data.volumes import load, prepare
from MotionQCTraining.synthesis import samples, subject
from MotionQCTraining.synthesis.appearance import Appearance
from MotionQCTraining.synthesis.face import BRAIN_GUARD_MM, Face
from MotionQCTraining.synthesis.motion_draws import MotionDraws
from MotionQCTraining.synthesis.sample_config import SampleConfig
from MotionQCTraining.synthesis.samples import SampleSource, artefact_map, bias_field, in_face
from MotionQCTraining.synthesis.subject import OpenSubjects, Subject

GRID = (96, 96, 96)
PLAIN = Appearance(gamma=0, bias=0, noisy=0, blurred=0, gain=0)


@pytest.fixture(scope="module")
def source_of(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    rows = read_manifest(small_dataset)[:2]
    files = prepare(rows, tmp_path_factory.mktemp("prepared"), GRID)

    def make(config: SampleConfig) -> SampleSource:
        return SampleSource(files, rows, config, seed=3)

    return make


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans are opened anew and taken to be free of noise, so that none is added."""
    monkeypatch.setattr(samples, "_subjects", OpenSubjects(4))
    monkeypatch.setattr(subject, "noise_level", lambda _: 0.0)


def test_a_group_is_the_same_whenever_it_is_asked_for(source_of) -> None:  # type: ignore[no-untyped-def]
    config = SampleConfig(crop=(32, 32, 32))
    first, again = source_of(config).group(5), source_of(config).group(5)
    np.testing.assert_array_equal(first.crops, again.crops)
    np.testing.assert_array_equal(first.scores_mm, again.scores_mm)
    assert not np.array_equal(first.crops, source_of(config).group(6).crops)


def test_a_group_has_two_crops_a_motion_with_one_score(source_of) -> None:  # type: ignore[no-untyped-def]
    group = source_of(SampleConfig(crop=(32, 64, 32), group=3)).group(0)
    assert group.crops.shape == (6, 32, 64, 32)
    assert group.artefacts.shape == (6, 4, 8, 4)
    np.testing.assert_array_equal(group.scores_mm[::2], group.scores_mm[1::2])
    assert group.crops.min() >= 0
    assert group.crops.max() <= 1.5


@pytest.mark.usefixtures("silent")
def test_still_crops_are_displaced_and_interpolated_as_moved_ones_are(source_of) -> None:  # type: ignore[no-untyped-def]
    """The network must not tell motion by the trace of interpolation."""
    still = SampleConfig(
        crop=(32, 32, 32), ramp=1, appearance=PLAIN, motion=MotionDraws(still=1.0), extracted=0
    )
    source = source_of(still)
    group = source.group(9)
    at_rest = source_of(
        SampleConfig(
            crop=(32, 32, 32),
            ramp=1,
            appearance=PLAIN,
            motion=MotionDraws(still=1.0),
            extracted=0,
            displacement_deg=0,
            displacement_mm=0,
        )
    ).group(9)
    assert np.all(group.scores_mm == 0)
    np.testing.assert_allclose(group.crops[0], group.crops[2], atol=1e-6)
    assert np.abs(group.crops[0] - at_rest.crops[0]).mean() > 0.005


def test_what_motion_changed_is_nothing_in_a_still_crop_and_grows_with_motion(source_of) -> None:  # type: ignore[no-untyped-def]
    def mean_artefact(score: float) -> float:
        motion = MotionDraws(still=0, smallest_mm=score, largest_mm=score, logarithmic=1)
        source = source_of(SampleConfig(crop=(32, 32, 32), motion=motion))
        return float(np.mean([source.group(n).artefacts.mean() for n in range(4)]))

    floor = np.log10(0.003)
    still = source_of(SampleConfig(crop=(32, 32, 32), motion=MotionDraws(still=1.0))).group(0)
    np.testing.assert_allclose(still.artefacts, floor, atol=1e-3)
    assert floor < mean_artefact(0.3) < mean_artefact(3.0)


def test_an_artefact_map_is_the_logarithm_of_the_rms_by_cubes() -> None:
    still = np.zeros((16, 8, 8), np.float32)
    moved = still.copy()
    moved[8:] = 0.1
    np.testing.assert_allclose(
        artefact_map(moved, still)[:, 0, 0], np.log10([0.003, 0.103]), atol=1e-5
    )


def test_noise_is_added_after_the_motion_to_still_and_moved_alike(source_of) -> None:  # type: ignore[no-untyped-def]
    """Finest detail of a noisy group: motion must not average its noise away."""
    look = Appearance(gamma=0, bias=0, noise=(0.05, 0.05001), noisy=1, blurred=0, gain=0)

    def roughness(still: float) -> float:
        config = SampleConfig(
            crop=(32, 32, 32), ramp=1, appearance=look, motion=MotionDraws(still=still)
        )
        crops = source_of(config).group(4).crops
        steps = np.diff(crops, axis=1)[:, 8:24, 8:24, 8:24]
        return float(np.median(np.abs(steps)))

    assert roughness(0.0) == pytest.approx(roughness(1.0), rel=0.25)


def test_a_bias_field_without_coefficients_is_one() -> None:
    np.testing.assert_allclose(bias_field((4, 5, 6), np.zeros(9)), 1.0)


def test_a_prepared_scan_keeps_distance_energy_and_centre(
    small_dataset: Path, tmp_path: Path
) -> None:
    rows = read_manifest(small_dataset)[:1]
    (file,) = prepare(rows, tmp_path, GRID)
    scan = load(file, rows[0])
    assert scan.image.shape == GRID
    assert not scan.has_brain_mask
    assert scan.head_distance.min() < -5 < 5 < scan.head_distance.max()
    for share in scan.energy.values():
        assert share.sum() == pytest.approx(1)
    before = file.stat().st_mtime_ns
    assert prepare(rows, tmp_path, GRID) == [file]
    assert file.stat().st_mtime_ns == before


def test_poses_are_interpolated_as_asked(source_of) -> None:  # type: ignore[no-untyped-def]
    config = SampleConfig(crop=(32, 32, 32), appearance=PLAIN)
    cubic, linear = (source_of(replace(config, kernel=k)).group(5) for k in ("cubic", "linear"))
    np.testing.assert_array_equal(cubic.scores_mm, linear.scores_mm)
    difference = np.abs(cubic.crops - linear.crops)
    assert 0.003 < difference.mean() < 0.1


def test_samples_are_labelled_with_the_score_asked_for(source_of) -> None:  # type: ignore[no-untyped-def]
    edge = source_of(SampleConfig(crop=(32, 32, 32)))
    files, rows = zip(*edge._scans, strict=True)
    time = SampleSource(files, rows, edge.config, edge.seed, "time")
    np.testing.assert_array_equal(edge.group(5).crops, time.group(5).crops)
    assert not np.allclose(edge.group(5).scores_mm, time.group(5).scores_mm)


def test_scans_are_made_other_heads_after_some_groups(source_of) -> None:  # type: ignore[no-untyped-def]
    config = SampleConfig(crop=(32, 32, 32), appearance=PLAIN, extracted=0, airless=0)
    never = source_of(replace(config, renewal=0))
    often = source_of(replace(config, renewal=4))
    for number in (0, 3):
        np.testing.assert_array_equal(often.group(number).crops, never.group(number).crops)
    assert not np.array_equal(often.group(4).crops, never.group(4).crops)
    np.testing.assert_array_equal(
        often.group(4).crops, source_of(replace(config, renewal=4)).group(4).crops
    )


def test_a_face_is_removed_where_the_moved_head_has_it_but_never_the_brain(heads) -> None:
    head = heads[0]
    pose = [8.0, -5.0, 6.0, 12.0, -7.0, 9.0]
    turned = Trajectory(np.array([pose]), np.zeros(1), "AP", pivot=(0.0, 0.0, 0.0))
    box = (slice(8, 40), slice(20, 56), slice(0, 30))
    face, drawn = Face(0.8, 40.0), Subject(head)
    found = in_face(face, drawn, turned, box)
    places = np.stack(np.meshgrid(*(np.arange(b.start, b.stop) for b in box), indexing="ij"), -1)
    world = places @ head.affine[:3, :3].T + head.affine[:3, 3]
    pose_matrix = turned.matrices()[0]
    at_rest = (world - pose_matrix[:3, 3]) @ pose_matrix[:3, :3]  # the transpose undoes a turn
    plane = face.plane(head.center)
    beyond = at_rest @ plane[:3] + plane[3] > 0
    outside = drawn.distance(drawn.brain_distance, turned, box) > BRAIN_GUARD_MM
    np.testing.assert_array_equal(found, beyond & outside)
    assert 50 < found.sum() < beyond.sum()


def test_crops_of_heads_lose_their_faces_as_often_as_asked(source_of) -> None:  # type: ignore[no-untyped-def]
    """A plane through the brain's centre, so that every crop of these small heads shows it."""
    config = SampleConfig(
        crop=(32, 32, 32), appearance=PLAIN, extracted=0, airless=0, face_mm=(0.1, 0.2)
    )
    whole, cut = (source_of(replace(config, defaced=share)) for share in (0.0, 1.0))
    lost = [np.mean(cut.group(n).crops == 0) - np.mean(whole.group(n).crops == 0) for n in range(6)]
    assert max(lost) > 0.1
    assert min(lost) >= 0
