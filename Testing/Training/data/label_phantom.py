"""A small head of labels: brain, fluid, bone and scalp in shells, with eyes, a neck and a face."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

SHAPE = (88, 104, 104)
SPACING = 2.0


def label_head() -> tuple[np.ndarray, np.ndarray]:
    """Labels ``SHAPE``, axes right, anterior, superior, and their affine."""
    i, j, k = np.meshgrid(*[SPACING * (np.arange(n) - n / 2) for n in SHAPE], indexing="ij")
    k = k - 15.0
    radius = np.sqrt((i / 70) ** 2 + (j / 85) ** 2 + (k / 75) ** 2)
    labels = np.zeros(SHAPE, np.int16)
    neck = (i**2 + (j + 15) ** 2 < 50**2) & (k < 0) & (k > -110)
    face = (np.abs(i) < 55) & (j > 0) & (j < 82) & (k < -15) & (k > -100)
    labels[neck | face] = 507
    for limit, label in ((1.1, 511), (1.0, 515), (0.93, 24), (0.85, 3), (0.7, 2), (0.2, 4)):
        labels[radius < limit] = label
    labels[(radius < 0.85) & (k < -35) & (j < 0)] = 8
    labels[(i**2 + (j + 15) ** 2 < 10**2) & (k < -35) & (k > -75)] = 16
    for side in (-30, 30):
        labels[(i - side) ** 2 + (j - 70) ** 2 + (k + 35) ** 2 < 12**2] = 506
    affine = np.diag([SPACING, SPACING, SPACING, 1.0])
    affine[:3, 3] = -SPACING * np.array(SHAPE) / 2
    return labels, affine


def write_labels(file: Path, labels: np.ndarray, affine: np.ndarray) -> Path:
    """Save labels as NIfTI."""
    file.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(labels, affine), file)
    return file
