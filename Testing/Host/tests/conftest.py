"""Fixtures of the host's own tests: Slicer's modules by name, the example module, a small scan.

`qt`, `ctk` and `slicer` exist once the host runs, so tests ask for them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slicerhost.fixtures import host, host_of_the_process  # noqa: F401

EXAMPLE = Path(__file__).parent / "example_module" / "ExampleModule.py"


@pytest.fixture
def qt(host: Any) -> Any:  # noqa: F811
    return importlib.import_module("qt")


@pytest.fixture
def ctk(host: Any) -> Any:  # noqa: F811
    return importlib.import_module("ctk")


@pytest.fixture
def slicer(host: Any) -> Any:  # noqa: F811
    return importlib.import_module("slicer")


@pytest.fixture
def pnw(host: Any) -> Any:  # noqa: F811
    """`slicer.parameterNodeWrapper`."""
    return importlib.import_module("slicer.parameterNodeWrapper")


@pytest.fixture
def a_node(slicer: Any) -> Any:
    """A parameter node of the scene."""
    return slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "Parameters")


@pytest.fixture
def wrapped(pnw: Any, a_node: Any) -> Callable[..., Any]:
    """Makes a wrapper with the fields that are given, on `a_node` or another node."""

    def make(node: Any = a_node, /, **annotations: Any) -> Any:
        cls = type("Parameters", (), {"__annotations__": annotations})
        return pnw.parameterNodeWrapper(cls)(node)

    return make


@pytest.fixture
def a_volume(slicer: Any) -> Any:
    """A volume of 4 × 5 × 6 voxels that count up."""
    voxels = np.arange(120, dtype=np.int16).reshape(6, 5, 4)
    return slicer.util.addVolumeFromArray(voxels, name="A volume")


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
