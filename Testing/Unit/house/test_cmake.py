"""What CMake installs is what is on disk: a file that no list names is missing in the extension."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
NOT_INSTALLED = {".pyc", ".nbc", ".nbi"}


def listed(cmake: Path, variable: str) -> set[str]:
    found = re.search(rf"set\({variable}\s([^)]*)\)", cmake.read_text())
    assert found, f"{cmake} sets no {variable}"
    return set(found.group(1).replace("${MODULE_NAME}", "MotionQC").split())


def on_disk(folder: Path) -> tuple[set[str], set[str]]:
    files = [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    names = {
        p.relative_to(folder).as_posix()
        for p in files
        if p.suffix not in NOT_INSTALLED and p.name != "CMakeLists.txt"
    }
    scripts = {name for name in names if name.endswith(".py")}
    return scripts, names - scripts


@pytest.mark.parametrize(
    ("cmake", "folder", "prefix"),
    [
        ("MotionQC/CMakeLists.txt", "MotionQC", "MODULE"),
        ("training/CMakeLists.txt", "training/MotionQCTraining", "TRAINING"),
    ],
)
def test_every_file_is_listed_and_every_listed_file_is_there(cmake, folder, prefix):
    scripts, resources = on_disk(REPOSITORY / folder)
    assert listed(REPOSITORY / cmake, f"{prefix}_PYTHON_SCRIPTS") == scripts
    assert listed(REPOSITORY / cmake, f"{prefix}_PYTHON_RESOURCES") == resources


def test_the_index_entry_and_the_project_agree():
    entry = json.loads((REPOSITORY / "MotionQC.json").read_text())
    cmake = (REPOSITORY / "CMakeLists.txt").read_text()
    assert set(entry) <= {
        "$schema", "category", "scm_url", "scm_revision", "scm_type", "build_dependencies",
        "build_subdirectory", "enabled", "tier", "dicom_support_rule",
    }  # fmt: skip
    assert {"$schema", "category", "scm_url"} <= set(entry)
    name = re.search(r"project\((\w+)\)", cmake)
    assert name is not None
    assert name.group(1) == "MotionQC"
    assert not name.group(1).startswith("Slicer")
    assert entry["scm_url"].endswith("/SlicerMotionQC.git")
    depends = re.search(r'EXTENSION_DEPENDS "([^"]*)"', cmake)
    assert depends is not None
    assert depends.group(1).split() == entry["build_dependencies"]
    assert b"\r" not in (REPOSITORY / "MotionQC.json").read_bytes()


def test_icons_are_pictures_and_a_licence_has_the_name_that_the_index_looks_for():
    for icon in ("Resources/Icons/MotionQC.png", "MotionQC/Resources/Icons/MotionQC.png"):
        assert (REPOSITORY / icon).read_bytes().startswith(b"\x89PNG")
    assert (REPOSITORY / "LICENSE.txt").is_file()


def test_the_packages_that_scoring_needs_are_those_of_the_project():
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    scan, folder = (wanted(f"requirements{of}.txt") for of in ("", "-folder"))
    assert scan < folder <= set(project["dependencies"])


def wanted(name: str) -> set[str]:
    text = (REPOSITORY / "MotionQC" / "Resources" / name).read_text()
    return {line for line in text.splitlines() if line and not line.startswith("#")}
