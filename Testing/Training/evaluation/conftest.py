"""A small protocol: two sources of small heads, a label map, and a model of a coarse grid."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from MotionQCLib.models import ModelBundle
from MotionQCTraining.evaluation.judged_scans import JudgedScan
from MotionQCTraining.evaluation.protocol import (
    Floor,
    Foreign,
    Moves,
    Noise,
    Protocol,
    RealScans,
    Resampling,
    Robustness,
    Source,
    Still,
    Warned,
)
from MotionQCTraining.evaluation.resting_head import Frame, RestingHead, rest

from ..conftest import AFFINE, SHAPE

FRAME = Frame((64, 64, 64), 3.5)


@pytest.fixture(scope="session")
def a_data_folder(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight small heads of two sources, and one label map, with a brain's mask for one head."""
    folder = tmp_path_factory.mktemp("judged") / "heads"
    shutil.copytree(small_dataset.parent, folder)
    i, j, k = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in SHAPE)]
    radius = np.sqrt((i / 0.75) ** 2 + (j / 0.82) ** 2 + (k / 0.78) ** 2)
    labels = np.select(
        [radius < 0.5, radius < 0.7, radius < 0.75, radius < 0.85, radius < 1.0],
        [2, 3, 24, 515, 511],
        0,
    ).astype(np.int16)
    nib.save(nib.Nifti1Image(labels, AFFINE), folder / "head-1_dseg.nii.gz")
    mask = nib.Nifti1Image((radius < 0.7).astype(np.uint8), AFFINE)
    nib.save(mask, folder / "sub-04_mask.nii.gz")
    return folder


@pytest.fixture(scope="session")
def small_protocol() -> Protocol:
    """All evaluations, each with as little as it can do."""
    moves = Moves(2, ("steps", "step-and-return"), (2, 4), seed=1)
    scan = "{subject}_T1w.nii.gz"
    return Protocol(
        sources={
            "site0": Source(
                scan,
                mask="{subject}_mask.nii.gz",
                test=("sub-04",),
            ),
            "site0-train": Source(scan, train=("sub-00", "sub-02")),
            "site1": Source(scan, moved_on="grid", test=("sub-01", "sub-03")),
            "labels": Source("{subject}_dseg.nii.gz", labels=True, test=("head-1",)),
        },
        held_out=moves,
        foreign=Foreign(2, (2, 3), seed=2),
        continuous=replace(moves, draws=2, patterns=("drift", "nod"), seed=3),
        noise=Noise((0.05,), 2, seed=4),
        still=Still(1, 4.0, 4.0, seed=5),
        real=RealScans(
            "site1", {"whole": {"still": "sub-05_T1w.nii.gz", "moved": "sub-07_T1w.nii.gz"}}
        ),
        robustness=Robustness(
            ("flip LR", "8 bit", "face removed", "neck removed"),
            ("site0/sub-04", "labels/head-1"),
            (0.0, 1.0),
            seed=6,
        ),
        warnings=Warned(("noise", "binary mask"), 1, ("brain-extracted", "eight-bit"), seed=7),
        floor=Floor(2, 2, seed=8),
        ablation=("as preset",),
        resampling=Resampling(rounds=50),
        head_seed=9,
    )


@pytest.fixture(scope="session")
def a_judged_scan(a_data_folder: Path) -> JudgedScan:
    """A whole head with its brain's mask."""
    return JudgedScan(
        "site0",
        "sub-04",
        a_data_folder / "sub-04_T1w.nii.gz",
        a_data_folder / "sub-04_mask.nii.gz",
        "test",
        judged=True,
        left_out=False,
        form="whole",
    )


@pytest.fixture(scope="session")
def a_head(a_judged_scan: JudgedScan) -> RestingHead:
    return rest(a_judged_scan, FRAME)


@pytest.fixture
def a_trained_model(a_base_model: ModelBundle) -> ModelBundle:
    """A model whose metadata say that it was trained on some of the protocol's sources."""
    training = {
        **a_base_model.metadata.training,
        "subjects": {"train": {"site0": 1, "site0-train": 2}},
    }
    return ModelBundle(a_base_model.weights, replace(a_base_model.metadata, training=training))
