"""What the module's tests share: the host, and the module's panel opened in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slicerhost.fixtures import host, host_of_the_process  # noqa: F401

MODULE = Path(__file__).resolve().parents[2] / "MotionQC" / "MotionQC.py"


@pytest.fixture(autouse=True)
def no_look_for_a_gpu(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Spare every panel the child that loads PyTorch; ``test_device.py`` lets it look."""
    from MotionQCLib.gui.device_line import DeviceLine

    found = {"gpu": None, "why": "nobody has looked"}
    monkeypatch.setattr(DeviceLine, "_try", lambda line: line._finish(found))


@pytest.fixture
def module_widget(host: Any) -> Any:  # noqa: F811
    """The opened panel of MotionQC: the Python widget."""
    return host.open_module(MODULE)


@pytest.fixture(scope="session")
def a_head_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real head as a file: the MNI152 template that nilearn carries, at 2 mm."""
    import nibabel
    from nilearn.datasets import load_mni152_template

    path = tmp_path_factory.mktemp("head") / "template.nii.gz"
    template = load_mni152_template(resolution=2)
    scaled = (template.get_fdata() * 1000).astype("int16")
    nibabel.save(nibabel.Nifti1Image(scaled, template.affine), path)
    return path


@pytest.fixture(scope="session")
def an_oblique_head_file(a_head_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same head on a grid that is tilted and runs against the body's axes."""
    import nibabel
    import numpy as np

    image = nibabel.load(a_head_file)
    turn = np.eye(4)
    c, s = np.cos(0.3), np.sin(0.3)
    turn[1:3, 1:3] = [[c, -s], [s, c]]
    flipped = np.asarray(image.dataobj)[::-1].transpose(1, 0, 2)
    order = np.array([[0, -1, 0, image.shape[0] - 1], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    path = tmp_path_factory.mktemp("oblique") / "oblique.nii.gz"
    nibabel.save(nibabel.Nifti1Image(flipped, turn @ image.affine @ order), path)
    return path


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own for the user's models."""
    monkeypatch.setenv("MOTIONQC_MODELS", str(tmp_path / "models"))


@pytest.fixture
def a_small_base(own_models: None) -> str:
    """A model on a coarse grid, untrained, among the user's own: its maps take no time."""
    import numpy as np

    from MotionQCLib.models import Architecture, ModelMetadata, save_bundle
    from MotionQCLib.models.registry import user_folder

    metadata = ModelMetadata("base", "1", Architecture(grid=(64, 64, 64)), spacing_mm=3.5)
    rng = np.random.default_rng(1)
    weights = {
        name: rng.uniform(0.01, 0.1, shape).astype(np.float32)
        for name, shape in metadata.array_shapes.items()
    }
    save_bundle(user_folder() / "base.safetensors", weights, metadata)
    return "base"


@pytest.fixture
def panel(host: Any, module_widget: Any) -> Any:  # noqa: F811
    """The library's panel behind the module's widget."""
    return module_widget.panel
