"""Maps and ratings made up, so that heads can be fitted without a network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from MotionQCLib.models import ModelBundle
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.ratings.head_fitting import HeadFitting, reduced
from MotionQCTraining.ratings.rated_scans import rated_scans


def a_fitting(
    base: ModelBundle, config: FinetuneConfig, *, scans: int = 30, clarity: float = 1.0
) -> HeadFitting:
    """Three classes whose maps differ by so much; two scans a person."""
    rng = np.random.default_rng(6)
    labels = np.arange(scans) % 3
    rows = [Row(f"{n}.nii", f"sub-{n // 2}", "here", "abc"[k]) for n, k in enumerate(labels)]
    means = rng.normal(size=(3, 64, 2, 2, 2))
    noise = rng.normal(size=(scans, 64, 2, 2, 2))
    maps = [m.astype(np.float32) for m in np.maximum(clarity * means[labels] + noise, 0)]
    config = replace(config, classes=("a", "b", "c"))
    rated = rated_scans(rows, config)
    head = config.head(rated.classes, scans)
    if config.unfrozen != "none":
        channels = rng.normal(size=(256, 64)) / 8
        maps = [np.einsum("oc,cijk->oijk", channels, m).astype(np.float32) for m in maps]
    return HeadFitting(head, base, reduced(maps, head), rated, config)
