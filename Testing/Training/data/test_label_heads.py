"""Heads from labels: in any contrast, the same from the same seed, with a face and without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.scan import Scan, check_scan, conform, read_scan
from MotionQCTraining.data.label_heads import HeadDraws, brain_mask, synthesise_head

from .label_phantom import label_head

QUIET = HeadDraws(faces=1.0, texture=(0, 0), edge_mm=(0, 0), bias=0.0, noise=(0, 0))


@pytest.fixture(scope="module")
def labels() -> Scan:
    return Scan(*label_head(), "labels", "nifti")


def draw(labels: Scan, draws: HeadDraws, seed: int = 1):  # type: ignore[no-untyped-def]
    return synthesise_head(labels, draws, np.random.default_rng(seed))


def at(head, labels: Scan, label: int) -> float:  # type: ignore[no-untyped-def]
    """Median intensity of the head where the label map has a label."""
    inside = np.argwhere(labels.data == label)
    pull = np.linalg.inv(head.affine) @ labels.affine
    index = np.round(inside @ pull[:3, :3].T + pull[:3, 3]).astype(int)
    kept = np.all((index >= 0) & (index < head.image.shape), axis=1)
    return float(np.median(head.image[tuple(index[kept].T)]))


@pytest.mark.parametrize("seed", range(4))
def test_a_t1_like_head_has_white_above_grey_above_fluid_above_bone(
    labels: Scan, seed: int
) -> None:
    head = draw(labels, HeadDraws(), seed)
    order = [at(head, labels, label) for label in (2, 3, 24, 515)]
    assert order == sorted(order, reverse=True)


@pytest.mark.parametrize("seed", range(4))
def test_a_t2_like_head_has_fluid_above_grey_above_white(labels: Scan, seed: int) -> None:
    head = draw(labels, HeadDraws(contrast="t2"), seed)
    order = [at(head, labels, label) for label in (24, 3, 2, 515)]
    assert order == sorted(order, reverse=True)


def test_without_texture_and_noise_a_tissue_has_the_intensity_drawn(labels: Scan) -> None:
    head = draw(labels, QUIET)
    for label, tissue in ((2, "white"), (3, "grey"), (4, "fluid"), (515, "cortical bone")):
        assert at(head, labels, label) == pytest.approx(head.intensities[tissue], abs=1e-6)


def test_a_seed_gives_one_head_and_another_seed_another(labels: Scan) -> None:
    one, same, other = (draw(labels, HeadDraws(), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.image, same.image)
    assert one.intensities == same.intensities
    assert one.intensities["grey"] != other.intensities["grey"]


def test_the_head_is_where_the_labels_are_however_they_are_stored(labels: Scan) -> None:
    turned = np.flip(labels.data.transpose(2, 0, 1), 1)
    affine = labels.affine[:, [2, 0, 1, 3]].copy()
    affine[:3, 3] += affine[:3, 1] * (turned.shape[1] - 1)
    affine[:3, 1] *= -1
    one, two = draw(labels, QUIET), draw(replace(labels, data=turned, affine=affine), QUIET)
    np.testing.assert_allclose(one.affine, two.affine)
    np.testing.assert_array_equal(one.image, two.image)


def test_a_face_is_taken_away_and_the_brain_is_not(labels: Scan) -> None:
    kept = draw(labels, replace(QUIET, faces=1.0))
    taken = draw(labels, replace(QUIET, faces=0.0))
    assert (kept.face, taken.face) == (True, False)
    assert at(kept, labels, 506) > 0.1
    assert at(taken, labels, 506) == 0.0
    assert (taken.image[taken.brain] > 0).all()


def test_the_brain_mask_fills_sulci_and_leaves_bone_out() -> None:
    names, _ = label_head()
    names[40:42, :, 90:94] = np.where(names[40:42, :, 90:94] == 3, 24, names[40:42, :, 90:94])
    mask = brain_mask(names)
    tissue = np.isin(names, (2, 3, 4, 8, 16))
    assert mask[tissue].all()
    assert not mask[names >= 500].any()
    assert mask.sum() < 1.2 * tissue.sum()


def test_the_field_of_view_ends_in_the_neck_and_has_air_elsewhere(labels: Scan) -> None:
    head = draw(labels, replace(QUIET, neck_mm=(10, 10), margin_mm=(8, 8)))
    lit = head.image > 0
    assert lit[:, :, 0].any()
    for side in (lit[:4], lit[-4:], lit[:, :4], lit[:, -4:], lit[:, :, -4:]):
        assert not side.any()
    tall = draw(labels, replace(QUIET, neck_mm=(30, 30), margin_mm=(8, 8)))
    assert tall.image.shape[2] - head.image.shape[2] == 10


def test_what_is_no_label_map_is_refused(labels: Scan) -> None:
    for data, says in ((labels.data + 0.5, "no labels"), (labels.data * 0 + 511, "no brain")):
        with pytest.raises(InputError, match=says):
            draw(replace(labels, data=data), HeadDraws())


def test_ranges_out_of_their_limits_are_named() -> None:
    with pytest.raises(ValueError, match=r"faces is 2.*neck_mm is"):
        HeadDraws(faces=2, neck_mm=(5, 1))


def test_a_head_of_real_labels_passes_for_a_scan(real_data: Path) -> None:
    folder = real_data / "synthseg-labels"
    for number, face in ((1, 1.0), (3, 0.0)):
        labels = read_scan(folder / f"anatomy-{number:02d}_dseg.nii.gz")
        head = draw(labels, HeadDraws(faces=face), number)
        scan = Scan((head.image * 1000).astype(np.int16), head.affine, "head", "nifti")
        conformed = conform(scan)
        assert check_scan(scan, conformed) == []
        assert conformed.head.skull == 1.0
        litres = head.brain.sum() * abs(np.linalg.det(head.affine)) / 1e6
        assert 1.0 < litres < 1.9
        center = head.affine[:3, :3] @ np.argwhere(head.brain).mean(axis=0) + head.affine[:3, 3]
        assert np.linalg.norm(center - conformed.head.brain_center_mm) < 15.0
