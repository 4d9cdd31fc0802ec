"""Small heads on disk, as a training run finds them."""

from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from filelock import FileLock
from scipy import ndimage

from MotionQCLib.models import Architecture, ModelBundle, ModelMetadata, load_bundle, save_bundle
from MotionQCTraining.data.manifest import Row, write_manifest

from .tiny_run import TinyRun, run_tiny

SHAPE = (64, 74, 64)
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])
AFFINE[:3, 3] = [-96, -111, -96]


def phantom(seed: int) -> np.ndarray:
    """A brain-like ellipsoid of folded tissue in a skull, in air, at 3 mm; each seed another."""
    rng = np.random.default_rng(seed)
    i, j, k = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in SHAPE)]
    radius = np.sqrt((i / 0.75) ** 2 + (j / 0.82) ** 2 + (k / 0.78) ** 2)
    folds = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 1.7)
    tissue = np.where(folds > 0, 900.0, 550.0)
    head = np.where(radius < 0.8, tissue, np.where(radius < 0.9, 260.0, 1000.0))
    return np.where(radius < 1.0, head, 0.0).astype(np.float32) + rng.uniform(0, 10, SHAPE).astype(
        np.float32
    )


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that test processes beside each other share; what is made there has a lock."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def small_dataset(shared_folder: Path) -> Path:
    """A manifest of eight small heads from two sites. Leave its folder as it is."""
    manifest = shared_folder / "dataset" / "manifest.tsv"
    with FileLock(shared_folder / "dataset.lock"):
        if not manifest.exists():
            manifest.parent.mkdir(exist_ok=True)
            write_heads(manifest)
    return manifest


def write_heads(manifest: Path) -> None:
    rows = []
    for number in range(8):
        site, subject = f"site{number % 2}", f"sub-{number:02d}"
        path = manifest.parent / f"{subject}_T1w.nii.gz"
        nib.save(nib.Nifti1Image(phantom(number), AFFINE), path)
        rows.append(Row(str(path), subject, site))
    write_manifest(rows, manifest)


@pytest.fixture(scope="session")
def a_tiny_run(small_dataset: Path, shared_folder: Path) -> TinyRun:
    """A complete run of four steps on the small heads. Leave its folder as it is."""
    with FileLock(shared_folder / "tiny.lock"):
        return run_tiny(small_dataset, shared_folder / "tiny")


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
