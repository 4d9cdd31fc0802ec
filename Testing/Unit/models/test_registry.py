"""Models are found by name or path, the shipped ones first."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import find_model, list_models, registry


@pytest.fixture
def folders(tmp_path: Path, a_model_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped folder that holds `small`, and an empty folder of the user's."""
    monkeypatch.setattr(registry, "SHIPPED_FOLDER", tmp_path / "shipped")
    monkeypatch.setenv("MOTIONQC_MODELS", str(tmp_path / "user"))
    (tmp_path / "user").mkdir()
    copy_model(a_model_file, tmp_path / "shipped", "small")
    return tmp_path


def copy_model(source: Path, folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    for suffix in (".json", ".safetensors"):
        shutil.copy(source.with_suffix(suffix), folder / f"{name}{suffix}")
    return folder / f"{name}.safetensors"


def test_a_users_own_models_follow_the_shipped_ones(folders: Path, a_model_file: Path) -> None:
    copy_model(a_model_file, folders / "user", "mine")
    assert [(entry.name, entry.origin) for entry in list_models()] == [
        ("small", "shipped"),
        ("mine", "user"),
    ]


def test_a_name_means_the_shipped_model_on_every_machine(folders: Path, a_model_file: Path) -> None:
    copy_model(a_model_file, folders / "user", "small").write_bytes(b"another of that name")
    assert find_model("small").metadata.name == "small"


def test_a_model_is_found_by_its_path(folders: Path, a_model_file: Path) -> None:
    path = copy_model(a_model_file, folders / "elsewhere", "anything")
    assert find_model(path).metadata.name == "small"


def test_an_unknown_name_lists_the_known_ones(folders: Path) -> None:
    with pytest.raises(InputError, match=r"--model large: no such model; available: small\."):
        find_model("large")


def test_an_unknown_name_says_how_to_add_a_model_without_naming_the_user(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: folders)
    with pytest.raises(InputError) as caught:
        find_model("large")
    assert "put its .safetensors and .json files into ~" in caught.value.message
    assert str(folders) not in caught.value.message


def test_where_there_is_no_model_that_is_said(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "SHIPPED_FOLDER", folders / "nowhere")
    with pytest.raises(InputError, match=r"available: none\. To add one"):
        find_model("large")


def test_a_damaged_model_of_the_user_is_named_without_naming_the_user(
    folders: Path, a_model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: folders)
    copy_model(a_model_file, folders / "user", "broken").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        find_model("broken")
    assert str(Path("~", "user", "broken.safetensors")) in caught.value.message
    assert str(folders) not in caught.value.message


def test_a_user_without_a_folder_is_no_defect(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", fail)
    with pytest.raises(InputError, match="no such model"):
        find_model("large")


def test_a_damaged_model_hides_no_other(folders: Path, a_model_file: Path) -> None:
    broken = copy_model(a_model_file, folders / "user", "broken").with_suffix(".json")
    broken.write_text("{")
    found = {entry.name: entry.problem for entry in list_models()}
    assert found["small"] == ""
    assert "broken.json" in found["broken"]


def test_metadata_nested_beyond_reason_are_a_fault_of_the_file(
    folders: Path, a_model_file: Path
) -> None:
    deep = copy_model(a_model_file, folders / "user", "deep")
    deep.with_suffix(".json").write_text("[" * 400_000)
    with pytest.raises(InputError, match=r"deep\.json"):
        find_model("deep")


def test_models_lie_in_the_systems_folder_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MOTIONQC_MODELS", raising=False)
    monkeypatch.setattr(registry.sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert registry.user_folder() == tmp_path / "motionqc" / "models"
