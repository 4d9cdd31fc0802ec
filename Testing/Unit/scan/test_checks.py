"""Warnings say what is unlike the scans that the models know, and nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from misuses import MADE
from scipy import ndimage

from MotionQCLib.cli.demo import load_template
from MotionQCLib.errors import InputError
from MotionQCLib.motion import simulate
from MotionQCLib.motion.patterns import make_trajectory
from MotionQCLib.scan import INFORMING, Scan, ScoreWarning, check_scan, conform, read_scan

from .conftest import turned_affine
from .made_brain import FLAIR, T2, made_head

GOOD_SCANS = [
    "ds000011/sub-04/anat/sub-04_T1w.nii.gz",
    "ds002748/sub-02/anat/sub-02_desc-brain_T1w.nii.gz",
    "ds002790/sub-0001/anat/sub-0001_T1w.nii.gz",
    "ds004173/sub-988653/anat/sub-988653_acq-headmotion2_T1w.nii.gz",
    "ds004173/sub-988653/anat/sub-988653_acq-headmotion2_desc-brain_T1w.nii.gz",
]
EXPECTED = {
    "noise filling the view": {"not-a-brain", "no-head"},
    "noise in the shape of a head": {"not-a-brain"},
    "geometric phantom": {"not-a-brain", "no-head"},
    "body part of ellipsoids": {"not-a-brain"},
    "inverted contrast": {"not-t1w", "not-a-brain"},
    "thick slices": {"thick-voxels"},
    "thick slices, interpolated": {"thick-slices", "smooth", "not-a-scan"},
    "half or quarter head": {"partial-head"},
    "mask": {"not-a-scan"},
    "segmentation by intensity": {"not-a-scan"},
}


@pytest.fixture(scope="module")
def a_brain() -> Scan:
    """A made-up head that shows what a T1-weighted brain shows."""
    return made_head()


def codes_of(scan: Scan) -> set[str]:
    return {warning.code for warning in check_scan(scan, conform(scan))}


def flags_of(scan: Scan) -> set[str]:
    """The codes that speak against a score; a scan that is refused is flagged as well."""
    try:
        return codes_of(scan) - INFORMING
    except InputError as error:
        return {error.code}


def test_a_t1_weighted_head_of_fine_voxels_gets_no_warning(a_brain: Scan) -> None:
    assert codes_of(a_brain) == set()


def test_a_head_that_moved_gets_no_warning(a_brain: Scan) -> None:
    motion = make_trajectory("steps", events=4, rotation_deg=3, translation_mm=3, seed=2)
    moved = np.clip(simulate(a_brain.data, a_brain.affine, motion), 0, None)
    assert codes_of(dataclasses.replace(a_brain, data=moved.astype(np.int16))) == set()


def test_noise_and_a_bias_field_get_no_warning(a_brain: Scan) -> None:
    rng = np.random.default_rng(4)
    bias = np.linspace(0.6, 1.4, a_brain.shape[1], dtype=np.float32)[:, None]
    noise = rng.normal(0, 40, a_brain.shape).astype(np.float32)
    data = np.abs(a_brain.data * bias + noise).astype(np.int16)
    assert codes_of(dataclasses.replace(a_brain, data=data)) == set()


@pytest.mark.parametrize("file", GOOD_SCANS)
def test_a_good_scan_is_not_flagged(file: str, real_data: Path) -> None:
    assert flags_of(read_scan(real_data / file)) == set()


@pytest.mark.parametrize("kind", MADE)
def test_a_misuse_is_flagged_for_what_it_is(kind: str, a_brain: Scan) -> None:
    found = flags_of(MADE[kind](a_brain, np.random.default_rng(2)))
    assert found
    assert found & EXPECTED.get(kind, found)


@pytest.mark.parametrize("brightness", [T2, FLAIR], ids=["T2", "FLAIR"])
def test_another_contrast_is_named(brightness: dict[str, float]) -> None:
    assert flags_of(made_head(brightness)) == {"not-t1w"}


def test_a_template_is_named() -> None:
    pytest.importorskip("nilearn")
    assert "smooth" in flags_of(load_template())


def test_a_smoothed_scan_is_named(a_brain: Scan) -> None:
    smooth = ndimage.gaussian_filter(a_brain.data, 1.5)
    assert flags_of(dataclasses.replace(a_brain, data=smooth)) == {"smooth"}


def test_what_the_reader_found_comes_first(a_brain: Scan) -> None:
    found = ScoreWarning("no-orientation", "The header names none.")
    assert check_scan(dataclasses.replace(a_brain, warnings=(found,)), conform(a_brain)) == [found]


def test_thick_and_anisotropic_voxels_are_named(a_brain: Scan) -> None:
    affine = a_brain.affine @ np.diag([1.0, 1.0, 3.0, 1.0])
    thick = dataclasses.replace(a_brain, data=a_brain.data[:, :, ::3], affine=affine)
    assert codes_of(thick) >= {"thick-voxels", "anisotropic"}


def test_a_head_whose_top_is_cut_off_is_named(a_brain: Scan) -> None:
    cut = dataclasses.replace(a_brain, data=a_brain.data[:, :, :130])
    assert "vertex-cut" in codes_of(cut)


def test_a_slab_is_a_partial_head(a_brain: Scan) -> None:
    affine = a_brain.affine.copy()
    affine[:3, 3] += affine[:3, 2] * 100
    slab = dataclasses.replace(a_brain, data=a_brain.data[:, :, 100:], affine=affine)
    assert "partial-head" in codes_of(slab)


def test_an_extracted_brain_is_named_and_no_more() -> None:
    assert codes_of(made_head(skull=False)) == {"brain-extracted"} <= INFORMING


def test_eight_bits_and_clipping_are_named(a_brain: Scan) -> None:
    eight = np.clip(a_brain.data * 0.29, 0, 255).astype(np.uint8)
    assert codes_of(dataclasses.replace(a_brain, data=eight)) >= {"clipped", "eight-bit"}


def test_a_volume_without_a_head_is_named() -> None:
    data = np.random.default_rng(0).random((20, 20, 20)).astype(np.float32)
    noise = Scan(data, turned_affine(data.shape, (2.5, 2.5, 2.5)), "noise.nii", "nifti")
    assert "no-head" in codes_of(noise)


def test_a_coarse_grid_is_judged_without_its_grain(a_brain: Scan) -> None:
    coarse = conform(a_brain, (64, 96, 64), 2.5)
    assert check_scan(a_brain, coarse) == []
