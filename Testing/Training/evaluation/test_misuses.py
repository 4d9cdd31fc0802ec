"""Misuses are what they are called, and the same from the same seed."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from MotionQCLib.scan import read_scan
from MotionQCTraining.evaluation.guises import as_stored
from MotionQCTraining.evaluation.misuses import MISUSES, Good, instances, misused
from MotionQCTraining.evaluation.protocol import Misuse
from MotionQCTraining.evaluation.resting_head import RestingHead


@pytest.fixture(scope="module")
def good(a_head: RestingHead, a_data_folder: Path) -> Good:
    assert a_head.mask is not None
    labels = read_scan(a_data_folder / "head-1_dseg.nii.gz")
    return Good(as_stored(a_head.scan), a_head.mask, labels)


def made(misuse: Misuse, number: int, good: Good) -> np.ndarray:
    scan = misused(misuse, number, good, np.random.default_rng(number))
    assert scan is not None
    return scan.data


@pytest.mark.parametrize("misuse", sorted(MISUSES))
def test_a_misuse_is_another_volume_and_always_the_same(misuse: Misuse, good: Good) -> None:
    first, again = (made(misuse, 1, good) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.shape != good.scan.shape or not np.array_equal(first, good.scan.data)


def test_every_misuse_of_a_protocol_can_be_made() -> None:
    assert {*MISUSES, "template"} == set(get_args(Misuse))
    assert (instances("template", 3), instances("noise", 3)) == (1, 3)


def test_parts_lie_where_they_lay_and_slices_are_as_thick_as_said(good: Good) -> None:
    for misuse, share in (("half head", 1 / 2), ("quarter head", 1 / 4)):
        part = made(misuse, 0, good)
        assert part.size / good.scan.data.size == pytest.approx(share, rel=0.2)
    thick = misused("thick slices", 2, good, np.random.default_rng(0))
    assert thick is not None
    assert thick.spacing.max() == pytest.approx(6.0), "5 mm, in whole slices of 3 mm"


def test_contrast_is_turned_round_inside_the_head(good: Good) -> None:
    turned = made("inverted contrast", 0, good)
    inside = good.brain & (good.scan.data > 0)
    assert np.corrcoef(turned[inside], good.scan.data[inside])[0, 1] < -0.99
    assert turned[0, 0, 0] == 0


def test_a_mask_has_one_value(good: Good) -> None:
    assert len(np.unique(made("binary mask", 0, good))) == 2
