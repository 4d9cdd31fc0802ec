"""Fixtures of the host's own tests: the example module and a small scan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slicerhost.fixtures import host, host_of_the_process  # noqa: F401

EXAMPLE = Path(__file__).parent / "example_module" / "ExampleModule.py"


@pytest.fixture
def a_panel(host: Any) -> Any:  # noqa: F811
    """The opened panel of the example module."""
    return host.open_module(EXAMPLE)


@pytest.fixture(scope="session")
def a_scan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ball, 20 × 24 × 28 voxels of 2 × 1.5 × 1 mm, oblique."""
    import nibabel

    shape = (20, 24, 28)
    centre = (np.array(shape) - 1) / 2
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    ball = np.linalg.norm((index - centre) * (2, 1.5, 1), axis=-1) < 12
    angle = np.deg2rad(10)
    rotation = [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    affine = np.eye(4)
    affine[:3, :3] = np.array(rotation) @ np.diag([2, 1.5, 1])
    affine[:3, 3] = -affine[:3, :3] @ centre
    path = tmp_path_factory.mktemp("scan") / "ball.nii.gz"
    nibabel.save(nibabel.Nifti1Image((100 * ball).astype(np.int16), affine), path)
    return path
