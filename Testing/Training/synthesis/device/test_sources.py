"""Sources keep what is known of each scan, and refuse scans that do not lie alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from MotionQCTraining.synthesis.device.sources import Sources

CPU = torch.device("cpu")


def test_volumes_and_what_is_known_of_them_stay_together(heads) -> None:
    sources = Sources.of(heads, CPU)
    assert len(sources) == 2
    assert sources.grid == heads[0].image.shape
    np.testing.assert_allclose(sources.images[1].float(), heads[1].image, atol=1e-3)
    np.testing.assert_allclose(
        sources.head_distance[1].float() / 10, heads[1].head_distance, atol=0.06
    )
    np.testing.assert_allclose(sources.energy[0].sum(dim=1), 1.0)
    affine = heads[1].affine
    found = affine[:3, :3] @ sources.center_voxel(1).numpy() + affine[:3, 3]
    np.testing.assert_allclose(found, heads[1].center, atol=1e-9)


def test_scans_on_unlike_grids_are_refused_by_name(heads) -> None:
    other = replace(heads[1], image=heads[1].image[:-8])
    with pytest.raises(ValueError, match=rf"{other.row.person} .* prepare all on one grid"):
        Sources.of([heads[0], other], CPU)


def test_voxels_of_unlike_sizes_are_refused(heads) -> None:
    finer = replace(heads[1], affine=heads[1].affine @ np.diag([0.5, 0.5, 0.5, 1.0]))
    with pytest.raises(ValueError, match="prepare all on one grid"):
        Sources.of([heads[0], finer], CPU)


def test_a_scan_that_runs_to_the_left_is_refused(heads) -> None:
    turned = replace(heads[0], affine=np.diag([-1.0, 1.0, 1.0, 1.0]))
    with pytest.raises(ValueError, match="along the axes of RAS"):
        Sources.of([turned], CPU)


def test_no_scan_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Sources.of([], CPU)
