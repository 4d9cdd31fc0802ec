"""Prepared scans: on the scale of a conformed one, made once, from whatever form they come in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from MotionQCLib.scan import conform, read_scan
from MotionQCTraining.manifest import Row, read_manifest
from MotionQCTraining.volumes import load, prepare


@pytest.fixture
def a_row(small_dataset: Path) -> Row:
    return read_manifest(small_dataset)[0]


@pytest.mark.parametrize("floor", [0.0, -400.0])
def test_a_scan_on_its_own_grid_has_the_intensities_that_conform_gives(
    a_row: Row, tmp_path: Path, floor: float
) -> None:
    """A background below zero counts as zero, as it does when the scan is scored."""
    image = nib.load(a_row.path)
    shifted = tmp_path / "shifted.nii"
    nib.save(nib.Nifti1Image(image.get_fdata(dtype=np.float32) + floor, image.affine), shifted)
    row = replace(a_row, path=str(shifted))
    (file,) = prepare([row], tmp_path, None)
    scan = load(file, row)
    # On a scan's own lattice conform copies voxels; half precision is all that differs.
    copied = conform(read_scan(shifted), grid=(64, 64, 64), spacing_mm=2.0)
    start = np.round((np.linalg.inv(scan.affine) @ copied.affine)[:3, 3]).astype(int)
    own = scan.image[tuple(slice(a, a + 64) for a in start)]
    np.testing.assert_allclose(own, copied.data, atol=2e-3)
