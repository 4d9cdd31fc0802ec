"""A scan knows its spacing and the anatomy of its axes."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from MotionQCLib.scan import Scan

from .conftest import turned_affine


@pytest.mark.parametrize("codes", ["RAS", "LAS", "LPS", "PSR", "IPL", "ASL"])
@pytest.mark.parametrize("turned_deg", [(0, 0, 0), (12, -20, 9), (50, 0, 0)])
def test_axis_codes_agree_with_nibabel(codes: str, turned_deg) -> None:
    affine = turned_affine((5, 6, 7), (1, 2, 3), turned_deg, codes)
    scan = Scan(np.zeros((5, 6, 7)), affine, "scan", "nifti")
    assert scan.axcodes == "".join(nib.aff2axcodes(affine))


def test_spacing_is_that_of_the_array_axes_whatever_the_tilt() -> None:
    affine = turned_affine((5, 6, 7), (1, 2, 3), (30, 20, 10), "SLP")
    scan = Scan(np.zeros((5, 6, 7)), affine, "scan", "nifti")
    assert scan.spacing == pytest.approx([1, 2, 3])
    assert scan.shape == (5, 6, 7)
