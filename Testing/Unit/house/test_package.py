"""What the distribution holds and what the repository never holds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import MotionQCLib

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGES = (REPOSITORY / "MotionQC" / "MotionQCLib", REPOSITORY / "training" / "MotionQCTraining")
BINARY = {".gz", ".png", ".safetensors"}

MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|root|home/\w+|opt/\w+|Users/\w+)/")
REGISTRY = re.compile(r"(?:pypi|pythonhosted|pytorch|anaconda)\.(?:org|com)\b")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as it is built from a copy of the sources."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE.txt"):
        shutil.copy(REPOSITORY / name, source)
    for package in PACKAGES:
        copy = source / package.relative_to(REPOSITORY)
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    build = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    (source / "dist").mkdir()
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (path,) = (source / "dist").glob("motionqc-*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def requirements(wheel: zipfile.ZipFile) -> list[Requirement]:
    lines = dist_info(wheel, "METADATA").splitlines()
    found = [line.removeprefix("Requires-Dist: ") for line in lines if "Requires-Dist: " in line]
    return [Requirement(line) for line in found]


@pytest.fixture(scope="module")
def tracked_texts() -> dict[str, str]:
    """Every text file that is, or is about to be, in the repository."""
    return {
        name: (REPOSITORY / name).read_bytes().decode("utf-8")
        for name in tracked_files()
        if Path(name).suffix not in BINARY
    }


def test_the_wheel_has_the_version_of_the_package(wheel: zipfile.ZipFile) -> None:
    assert Parser().parsestr(dist_info(wheel, "METADATA"))["Version"] == MotionQCLib.__version__


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("CITATION.cff", r"^version: (.+)$"), ("CHANGELOG.md", r"^## \[(\d.*?)\]")],
)
def test_a_document_names_the_version_of_the_package(name: str, pattern: str) -> None:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert re.findall(pattern, text, re.MULTILINE)[0] == MotionQCLib.__version__


def test_the_wheel_holds_every_file_of_both_packages_and_no_other(wheel: zipfile.ZipFile) -> None:
    expected = {
        path.relative_to(package.parent).as_posix()
        for package in PACKAGES
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected


def test_the_console_script_is_the_shell(wheel: zipfile.ZipFile) -> None:
    assert "motionqc = MotionQCLib.cli:main" in dist_info(wheel, "entry_points.txt")


def test_a_plain_installation_brings_no_pytorch(requirements: list[Requirement]) -> None:
    plain = {entry.name for entry in requirements if entry.marker is None}
    assert "openvino" in plain
    assert plain.isdisjoint({"torch", "lightning", "torchio", "numba"})


def test_every_requirement_is_pinned_within_its_floor(requirements: list[Requirement]) -> None:
    pins = read_pins()
    wanted = [entry for entry in requirements if entry.name != "motionqc"]
    misfits = [
        str(entry)
        for entry in wanted
        if not entry.specifier.contains(pins.get(canonicalize_name(entry.name), "0"))
    ]
    assert misfits == []


def test_no_tracked_file_names_a_path_of_a_machine(tracked_texts: dict[str, str]) -> None:
    assert hits(MACHINE_PATH, tracked_texts) == []


def test_no_tracked_file_names_a_package_registry(tracked_texts: dict[str, str]) -> None:
    assert hits(REGISTRY, tracked_texts) == []


@pytest.mark.parametrize("parts", [("work", "a"), ("root", ".venv"), ("home", "ann", "a")])
def test_a_path_of_a_machine_is_recognised(parts: tuple[str, ...]) -> None:
    assert hits(MACHINE_PATH, {"a file": f"see '/{'/'.join(parts)}'"})


@pytest.mark.parametrize("text", ["../shared/data", "MotionQC/work/a", "~/work/a", "work/a"])
def test_a_relative_path_is_no_path_of_a_machine(text: str) -> None:
    assert not hits(MACHINE_PATH, {"a file": text})


def test_text_files_end_in_one_newline(tracked_texts: dict[str, str]) -> None:
    wrong = [
        name for name, text in tracked_texts.items() if text and not re.search(r"\S\n\Z", text)
    ]
    assert wrong == []


def test_text_files_have_unix_line_ends(tracked_texts: dict[str, str]) -> None:
    assert [name for name, text in tracked_texts.items() if "\r" in text] == []


def test_the_repository_stays_small() -> None:
    """Index of Slicer extensions takes at most 100 MB with all history: leave room for that."""
    sizes = {name: (REPOSITORY / name).stat().st_size for name in tracked_files()}
    assert sum(sizes.values()) < 30e6, sorted(sizes, key=sizes.__getitem__)[-5:]


@pytest.mark.parametrize(
    ("script", "said"),
    [("echo 3.9", "is Python 3.9, but 3.10 or newer is needed"), ("exit 1", "install Python 3.10")],
)
def test_make_says_in_one_line_that_python_is_unfit(tmp_path: Path, script: str, said: str) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    command = ["make", "--silent", "demo", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"]
    outcome = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    lines = [line for line in outcome.stderr.splitlines() if not line.startswith("make")]
    assert outcome.returncode != 0
    assert len(lines) == 1
    assert said in lines[0]


def dist_info(wheel: zipfile.ZipFile, name: str) -> str:
    (path,) = [entry for entry in wheel.namelist() if entry.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode("utf-8")


def read_pins() -> dict[str, str]:
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


def tracked_files() -> list[str]:
    """Files under version control and new ones that are not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if listing.returncode != 0:
        pytest.skip("the sources are not a git checkout: nothing says which files are tracked")
    return [name for name in listing.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def hits(pattern: re.Pattern[str], texts: dict[str, str]) -> list[str]:
    return [
        f"{name}: {found.group()}"
        for name, text in texts.items()
        for found in pattern.finditer(text)
    ]
