"""Warnings say what is unlike the scans that the models know, and nothing else."""

from __future__ import annotations

import dataclasses

import numpy as np

from MotionQCLib.scan import Scan, ScoreWarning, check_scan, conform

from .conftest import turned_affine


def codes_of(scan: Scan) -> set[str]:
    return {warning.code for warning in check_scan(scan, conform(scan))}


def fine_head(a_head_scan: Scan) -> Scan:
    """The made-up head on voxels of 1.5 mm, which no check should mind."""
    conformed = conform(a_head_scan, (120, 140, 124), 1.5)
    data = (np.clip(conformed.data, 0, 1.49) * 600).astype(np.int16)
    return Scan(data, conformed.affine, "head.nii", "nifti")


def test_a_whole_head_of_fine_voxels_gets_no_warning(a_head_scan: Scan) -> None:
    assert codes_of(fine_head(a_head_scan)) == set()


def test_what_the_reader_found_comes_first(a_head_scan: Scan) -> None:
    found = ScoreWarning("no-orientation", "The header names none.")
    head = dataclasses.replace(fine_head(a_head_scan), warnings=(found,))
    assert check_scan(head, conform(head)) == [found]


def test_thick_and_anisotropic_voxels_are_named(a_head_scan: Scan) -> None:
    head = fine_head(a_head_scan)
    affine = head.affine @ np.diag([1.0, 1.0, 3.0, 1.0])
    thick = dataclasses.replace(head, data=head.data[:, :, ::3], affine=affine)
    assert codes_of(thick) >= {"thick-voxels", "anisotropic"}


def test_a_head_whose_top_is_cut_off_is_named(a_head_scan: Scan) -> None:
    head = fine_head(a_head_scan)
    assert "vertex-cut" in codes_of(dataclasses.replace(head, data=head.data[:, :, :95]))


def test_a_slab_is_a_partial_head(a_head_scan: Scan) -> None:
    head = fine_head(a_head_scan)
    affine = head.affine.copy()
    affine[:3, 3] += affine[:3, 2] * 70
    slab = dataclasses.replace(head, data=head.data[:, :, 70:], affine=affine)
    assert "partial-head" in codes_of(slab)


def test_an_extracted_brain_is_named(a_head_scan: Scan) -> None:
    brain = np.where(a_head_scan.data > 250, a_head_scan.data, 0)
    middle = (np.array(a_head_scan.shape) - 1) / 2
    grid = np.moveaxis(np.indices(a_head_scan.shape), 0, -1) - middle
    radius = np.linalg.norm(grid * a_head_scan.spacing / [72, 92, 78], axis=-1)
    data = np.where(radius < 0.85, brain + 300, 0)
    assert "brain-extracted" in codes_of(dataclasses.replace(a_head_scan, data=data))


def test_eight_bits_and_clipping_are_named(a_head_scan: Scan) -> None:
    head = fine_head(a_head_scan)
    eight = dataclasses.replace(head, data=np.clip(head.data // 2, 0, 255).astype(np.uint8))
    assert codes_of(eight) >= {"clipped", "eight-bit"}


def test_a_volume_without_a_head_is_named() -> None:
    data = np.random.default_rng(0).random((20, 20, 20)).astype(np.float32)
    noise = Scan(data, turned_affine(data.shape, (2.5, 2.5, 2.5)), "noise.nii", "nifti")
    assert "no-head" in codes_of(noise)
