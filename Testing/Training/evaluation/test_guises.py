"""A guise is the same head: what must stay is where it was, and what must go is gone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from MotionQCLib.scan import Scan, brain_center, conform
from MotionQCTraining.evaluation.guises import Disguised, as_stored, disguise
from MotionQCTraining.evaluation.resting_head import RestingHead


@pytest.fixture(scope="module")
def a_disguise(a_head: RestingHead) -> Disguised:
    return Disguised(as_stored(a_head.scan), a_head.mask, face=True, neck=True, tilt_deg=5.0)


def conformed(scan: Scan) -> np.ndarray:
    return conform(scan, (96, 96, 96), 2.0).data


def test_scans_are_stored_as_16_bits(a_head: RestingHead) -> None:
    stored = as_stored(a_head.scan)
    assert stored.data.dtype == np.int16
    assert as_stored(stored) is stored


@pytest.mark.parametrize("guise", ["flip AP", "flip SI", "DICOM"])
def test_another_order_of_the_same_voxels_gives_the_same_volume(
    a_disguise: Disguised, guise: str
) -> None:
    again = disguise(guise, a_disguise)
    assert again.data.shape == a_disguise.scan.data.shape
    np.testing.assert_allclose(conformed(again), conformed(a_disguise.scan), atol=1e-4)


def test_left_to_right_the_head_is_mirrored(a_disguise: Disguised) -> None:
    mirrored = disguise("flip LR", a_disguise)
    np.testing.assert_array_equal(mirrored.data[::-1], a_disguise.scan.data)
    np.testing.assert_array_equal(mirrored.affine, a_disguise.scan.affine)


@pytest.mark.parametrize(("guise", "axis"), [("tilt LR", 0), ("tilt AP", 1), ("tilt SI", 2)])
def test_a_tilt_turns_the_header_by_its_angle(a_disguise: Disguised, guise: str, axis: int) -> None:
    tilted = disguise(guise, a_disguise)
    turn = tilted.affine[:3, :3] @ np.linalg.inv(a_disguise.scan.affine[:3, :3])
    assert np.degrees(np.arccos((np.trace(turn) - 1) / 2)) == pytest.approx(5.0)
    assert turn[axis, axis] == pytest.approx(1.0)
    assert tilted.data is a_disguise.scan.data


def test_intensities_are_scaled_and_rounded(a_disguise: Disguised) -> None:
    data = a_disguise.scan.data
    np.testing.assert_allclose(disguise("intensity x10", a_disguise).data, data * 10.0)
    np.testing.assert_allclose(disguise("intensity x0.1", a_disguise).data, data * 0.1, rtol=1e-6)
    assert disguise("8 bit", a_disguise).data.dtype == np.uint8


def test_finer_voxels_show_the_same_head(a_disguise: Disguised) -> None:
    fine = disguise("0.9 mm", a_disguise)
    np.testing.assert_allclose(fine.spacing, 0.9)
    center = brain_center(a_disguise.scan.data, a_disguise.scan.affine)
    np.testing.assert_allclose(brain_center(fine.data, fine.affine), center, atol=1.5)


def test_face_and_neck_go_and_the_brain_stays(a_disguise: Disguised) -> None:
    data, brain = a_disguise.scan.data, a_disguise.brain
    assert brain is not None
    for guise in ("face removed", "neck removed"):
        cut = disguise(guise, a_disguise).data
        np.testing.assert_array_equal(cut[brain], data[brain])
        removed = np.argwhere((cut == 0) & (data > 100))
        assert len(removed) > 500
        middle = np.argwhere(brain).mean(axis=0)
        axis = 1 if guise == "face removed" else 2
        sign = 1 if guise == "face removed" else -1
        assert sign * (removed[:, axis].mean() - middle[axis]) > 20


def test_what_is_not_there_cannot_be_removed(a_disguise: Disguised) -> None:
    bare = replace(a_disguise, brain=None)
    assert not bare.has("face removed")
    assert not bare.has("neck removed")
    assert not replace(a_disguise, face=False).has("face removed")
    assert bare.has("flip LR")
    with pytest.raises(ValueError, match="brain is None"):
        disguise("neck removed", bare)
