"""Small heads on disk, as a training run finds them."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from MotionQCLib.models import Architecture, ModelBundle, ModelMetadata, load_bundle, save_bundle
from MotionQCTraining.data.manifest import Row, write_manifest

from .tiny_run import TinyRun, run_tiny

SHAPE = (96, 112, 96)


def phantom(seed: int) -> np.ndarray:
    """A brain-like ellipsoid of folded tissue in a skull, in air, at 2 mm; each seed another."""
    rng = np.random.default_rng(seed)
    i, j, k = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in SHAPE)]
    radius = np.sqrt((i / 0.75) ** 2 + (j / 0.82) ** 2 + (k / 0.78) ** 2)
    folds = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 2.5)
    tissue = np.where(folds > 0, 900.0, 550.0)
    head = np.where(radius < 0.8, tissue, np.where(radius < 0.9, 260.0, 1000.0))
    return np.where(radius < 1.0, head, 0.0).astype(np.float32) + rng.uniform(0, 10, SHAPE).astype(
        np.float32
    )


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest of eight small heads from two sites."""
    folder = tmp_path_factory.mktemp("dataset")
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = [-96, -112, -96]
    rows = []
    for number in range(8):
        site, subject = f"site{number % 2}", f"sub-{number:02d}"
        path = folder / f"{subject}_T1w.nii.gz"
        nib.save(nib.Nifti1Image(phantom(number), affine), path)
        rows.append(Row(str(path), subject, site))
    write_manifest(rows, folder / "manifest.tsv")
    return folder / "manifest.tsv"


@pytest.fixture(scope="session")
def a_tiny_run(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    """A complete run of four steps on the small heads. Leave its folder as it is."""
    return run_tiny(small_dataset, tmp_path_factory.mktemp("tiny") / "run")


@pytest.fixture(scope="session")
def a_base_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model on a small, coarse grid that has not been trained, as another might be shared."""
    import torch

    from MotionQCLib.network import SFCN

    torch.manual_seed(4)
    weights = {name: value.numpy() for name, value in SFCN(grid=(64, 64, 64)).state_dict().items()}
    training = {
        "subjects": {"train": {"elsewhere": 3}},
        "scans": {"0" * 64: "train"},
        "names": {},
        "sites": {"elsewhere": {"licence": "CC0", "scans": ""}},
    }
    metadata = ModelMetadata(
        "base", "1", Architecture(grid=(64, 64, 64)), spacing_mm=3.5, training=training
    )
    path = tmp_path_factory.mktemp("base") / "base.safetensors"
    save_bundle(path, weights, metadata)
    return path


@pytest.fixture(scope="session")
def a_base_model(a_base_file: Path) -> ModelBundle:
    return load_bundle(a_base_file)
