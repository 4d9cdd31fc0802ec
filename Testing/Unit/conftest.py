"""Fixtures that several packages' tests share: a head, and a small but real model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from MotionQCLib.models import (
    Architecture,
    ModelBundle,
    ModelMetadata,
    RatingHead,
    SiteLimits,
    load_bundle,
    load_site_limits,
    save_bundle,
    save_site_limits,
)
from MotionQCLib.models.site_limits import FittedLimits, RatedClass
from MotionQCLib.scan import Scan

SMALL_GRID = (64, 96, 64)
SMALL_SPACING_MM = 2.5


@pytest.fixture(scope="session")
def a_head_scan() -> Scan:
    """A made-up head, 52 × 70 × 61 voxels of 3.5 × 3 × 3 mm: scalp, skull, folded brain, air."""
    shape, spacing = (52, 70, 61), np.array([3.5, 3.0, 3.0])
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = -spacing * (np.array(shape) - 1) / 2
    axes = [spacing[axis] * (np.arange(shape[axis]) - (shape[axis] - 1) / 2) for axis in range(3)]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    radius = np.sqrt((x / 72) ** 2 + (y / 92) ** 2 + (z / 78) ** 2)
    folds = 500 + 200 * np.sign(np.sin(x / 5) * np.sin(y / 6) * np.sin(z / 5.5))
    head = np.where(radius < 0.85, folds, np.where(radius < 0.93, 60.0, 800.0)) * (radius < 1)
    noise = np.random.default_rng(5).normal(0, 8, shape)
    return Scan(np.abs(head + noise).astype(np.float32), affine, "a-head.nii.gz", "nifti")


@pytest.fixture(scope="session")
def a_head_file(a_head_scan: Scan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The head as `sub-01_T1w.nii.gz`."""
    import nibabel

    path = tmp_path_factory.mktemp("head") / "sub-01_T1w.nii.gz"
    nibabel.save(nibabel.Nifti1Image(a_head_scan.data, a_head_scan.affine), path)
    return path


@pytest.fixture(scope="session")
def some_weights() -> dict[str, NDArray[Any]]:
    """Arrays of a randomly initialised SFCN whose batch norms have seen data."""
    import torch

    from MotionQCLib.network import SFCN

    torch.manual_seed(3)
    network = SFCN(grid=SMALL_GRID)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm3d):
            module.momentum = None
            # Negative gains too: pooling after a norm must not be mistaken for pooling before.
            torch.nn.init.uniform_(module.weight, -1.0, 1.5)
            torch.nn.init.normal_(module.bias, std=0.3)
    with torch.no_grad():
        network(torch.rand(4, 1, 64, 64, 64))
    return {name: value.numpy() for name, value in network.state_dict().items()}


@pytest.fixture(scope="session")
def a_model_file(
    some_weights: dict[str, NDArray[Any]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model on a small, coarse grid, saved as any other."""
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    architecture = Architecture(grid=SMALL_GRID)
    metadata = ModelMetadata(
        "small", "0", architecture, spacing_mm=SMALL_SPACING_MM, temperature=1.3
    )
    save_bundle(path, some_weights, metadata)
    return path


@pytest.fixture(scope="session")
def a_model(a_model_file: Path) -> ModelBundle:
    return load_bundle(a_model_file)


@pytest.fixture(scope="session")
def a_site_file(a_model: ModelBundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Limits of a site for the small model: two classes about 0.001 mm, a reference of four."""
    path = tmp_path_factory.mktemp("site") / "site.json"
    site = SiteLimits(
        model=a_model.metadata.name,
        sha256=a_model.metadata.sha256,
        label="edge",
        created="2026-01-31T12:00:00+00:00",
        reference_mm=(0.0, 0.0005, 0.001, 4.45),
        subjects=3,
        ratings=(RatedClass("clear", 5, 3, 0.0005), RatedClass("<moved>", 5, 3, 2.0)),
        limits=FittedLimits((0.001,), ((0.0005, 0.002),), 0.8, (0.7, 0.9)),
    )
    save_site_limits(path, site)
    return path


@pytest.fixture(scope="session")
def a_site(a_site_file: Path) -> SiteLimits:
    return load_site_limits(a_site_file)


@pytest.fixture(scope="session")
def with_ratings(
    a_model: ModelBundle, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[RatingHead], Path]:
    """Write the small model with a head of ratings, whose norms have seen data, into a file."""
    import torch

    from MotionQCLib.models.ratings import OWN_LAYERS
    from MotionQCLib.network import RatingBranch
    from MotionQCLib.scoring.runtimes.torch_runtime import build_head

    def write(head: RatingHead) -> Path:
        torch.manual_seed(8)
        branch = RatingBranch(OWN_LAYERS[head.own_layers], build_head(head, SMALL_GRID))
        channels, side = {"none": (64, 1), "projection": (256, 1), "block5": (256, 2)}[
            head.own_layers
        ]
        for _ in range(20):
            branch(torch.rand(6, channels, 2 * side, 3 * side, 2 * side))
        weights = {f"ratings.{name}": v.numpy() for name, v in branch.state_dict().items()}
        path = tmp_path_factory.mktemp("rated") / "rated.safetensors"
        metadata = replace(a_model.metadata, name="rated", ratings=head)
        save_bundle(path, {**a_model.weights, **weights}, metadata)
        return path

    return write
