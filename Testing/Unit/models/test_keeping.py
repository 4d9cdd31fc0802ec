"""A model of one's own is kept where it is found by its name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import DEFAULT_MODEL, find_model, list_models
from MotionQCLib.models.keeping import keep_model
from MotionQCLib.models.registry import SHIPPED_FOLDER


@pytest.fixture(autouse=True)
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("MOTIONQC_MODELS", str(folder))
    return folder


@pytest.fixture
def a_model(tmp_path: Path) -> Path:
    """Another model than the shipped one: the metadata of one differ in what counts."""
    for suffix in (".safetensors", ".json", ".md"):
        shutil.copy(SHIPPED_FOLDER / f"{DEFAULT_MODEL}{suffix}", tmp_path / f"made{suffix}")
    return tmp_path / "made.safetensors"


def test_a_kept_model_is_listed_read_and_has_its_card(a_model: Path, user_folder: Path) -> None:
    assert keep_model(a_model, "ours") == "ours"
    assert "ours" in [entry.name for entry in list_models() if entry.origin == "user"]
    assert find_model("ours").metadata.name == "ours"
    assert (user_folder / "ours.md").is_file()


def test_the_same_model_is_kept_once_and_another_gets_a_number(
    a_model: Path, user_folder: Path
) -> None:
    keep_model(a_model, "ours")
    assert keep_model(a_model, "ours") == "ours"
    file = user_folder / "ours.json"
    metadata = json.loads(file.read_text())
    file.write_text(json.dumps({**metadata, "sha256": "0" * 64}))
    assert keep_model(a_model, "ours") == "ours-2"
    assert find_model("ours-2").metadata.name == "ours-2"
    # Where case does not count, this would be the first one's file.
    file.write_text(json.dumps({**metadata, "sha256": "1" * 64}))
    (user_folder / "ours-2.safetensors").unlink()
    assert keep_model(a_model, "Ours") == "Ours-2"


def test_a_damaged_model_is_not_kept(a_model: Path, user_folder: Path) -> None:
    a_model.write_bytes(a_model.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match=r"made\.safetensors: its checksum") as caught:
        keep_model(a_model, "ours")
    assert caught.value.code == "model-damaged"
    assert not user_folder.exists()


@pytest.mark.parametrize("name", ["", "a b", "../out", "ä"])
def test_a_name_is_letters_and_digits(a_model: Path, user_folder: Path, name: str) -> None:
    with pytest.raises(InputError, match="letters") as caught:
        keep_model(a_model, name)
    assert caught.value.code == "model-name"
    assert not user_folder.exists()


def test_a_folder_that_cannot_be_written_is_one_line(a_model: Path, user_folder: Path) -> None:
    user_folder.write_text("a file")
    with pytest.raises(InputError, match="allow writing"):
        keep_model(a_model, "ours")
