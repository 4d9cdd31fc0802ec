"""A small framed head, in memory and on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from MotionQCTraining.data.arrays import save_arrays
from MotionQCTraining.data.framed import FramedHead, load_framed

SHAPE = (26, 30, 28)
CENTER = (13.4, 14.2, 15.1)


@pytest.fixture(scope="session")
def a_head_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(8)
    texture = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 1.2) + 1
    i, j, k = (axis - c for axis, c in zip(np.ogrid[tuple(map(slice, SHAPE))], CENTER, strict=True))
    inside = (i / 8) ** 2 + (j / 9) ** 2 + (k / 7.5) ** 2 < 1
    image = ndimage.gaussian_filter(np.where(inside, texture, 0.0), 0.8)
    file = tmp_path_factory.mktemp("framed") / "0123456789abcdef.npz"
    stored = {"image": image.astype(np.float16), "spacing_mm": np.array(6.0)}
    save_arrays(file, {**stored, "center": np.array(CENTER)})
    return file


@pytest.fixture
def a_head(a_head_file: Path) -> FramedHead:
    return load_framed(a_head_file)
