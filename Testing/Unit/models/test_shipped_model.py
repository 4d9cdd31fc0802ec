"""The model that comes with the package loads and says what it is."""

from __future__ import annotations

import pytest

from MotionQCLib.models import DEFAULT_MODEL, ModelBundle, find_model
from MotionQCLib.models.registry import SHIPPED_FOLDER


@pytest.fixture(scope="module")
def shipped_model() -> ModelBundle:
    if not (SHIPPED_FOLDER / f"{DEFAULT_MODEL}.safetensors").exists():
        pytest.skip(f"{DEFAULT_MODEL} has not been trained yet")
    return find_model(DEFAULT_MODEL)


def test_its_file_is_called_what_it_calls_itself(shipped_model: ModelBundle) -> None:
    assert shipped_model.metadata.name == DEFAULT_MODEL


def test_it_calls_itself_preliminary_and_gives_its_figures(shipped_model: ModelBundle) -> None:
    assert shipped_model.metadata.status == "preliminary"
    assert shipped_model.metadata.metrics


def test_it_says_what_it_was_trained_on(shipped_model: ModelBundle) -> None:
    assert shipped_model.metadata.training
