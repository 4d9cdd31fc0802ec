"""The sdist holds all that a wheel is built from, and says in its metadata what the project is."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGES = ("MotionQC/MotionQCLib", "training/MotionQCTraining")
FILES = (
    "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE.txt", "CHANGELOG.md", "CITATION.cff",
    "CONTRIBUTING.md",
)  # fmt: skip
MADE_BY_SETUPTOOLS = {"PKG-INFO", "setup.cfg"}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> tarfile.TarFile:
    """The sdist as it is built from a copy of the sources."""
    source = tmp_path_factory.mktemp("source")
    for name in FILES:
        shutil.copy(REPOSITORY / name, source)
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / package, source / package, ignore=ignored)
    build = "from setuptools.build_meta import build_sdist; build_sdist('dist')"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (path,) = (source / "dist").glob("motionqc-*.tar.gz")
    return tarfile.open(path)


@pytest.fixture(scope="module")
def contents(sdist: tarfile.TarFile) -> set[str]:
    """Names of its files below its one folder."""
    names = [member.name.partition("/") for member in sdist.getmembers() if member.isfile()]
    assert len({folder for folder, _, _ in names}) == 1
    return {rest for _, _, rest in names}


@pytest.fixture(scope="module")
def metadata(sdist: tarfile.TarFile) -> Message:
    (member,) = [each for each in sdist.getmembers() if each.name.count("/") == 1
                 and each.name.endswith("/PKG-INFO")]  # fmt: skip
    file = sdist.extractfile(member)
    assert file is not None
    return Parser().parsestr(file.read().decode("utf-8"))


def test_it_holds_both_packages_and_the_documents_and_nothing_else(contents: set[str]) -> None:
    sources = {
        path.relative_to(REPOSITORY).as_posix()
        for package in PACKAGES
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    made = {name for name in contents if ".egg-info/" in name} | MADE_BY_SETUPTOOLS
    assert contents - made == sources | set(FILES)


@pytest.mark.parametrize(
    "ending",
    [
        "MotionQCLib/py.typed",
        "MotionQCTraining/py.typed",
        "models/data/motionqc-t1w-preview.safetensors",
        "models/data/motionqc-t1w-preview.json",
        "presets/motionqc/pretrain.yaml",
        "LICENSE.txt",
    ],
)
def test_what_is_missed_only_at_run_time_is_in_it(contents: set[str], ending: str) -> None:
    assert [name for name in contents if name.endswith(ending)]


def test_its_metadata_name_licence_pythons_and_places(metadata: Message) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE.txt"]
    assert metadata["Requires-Python"] == ">=3.10"
    classifiers = metadata.get_all("Classifier") or []
    assert "Programming Language :: Python :: 3.13" in classifiers
    assert not any(line.startswith("License ::") for line in classifiers)
    places = [line.partition(", ")[2] for line in metadata.get_all("Project-URL") or []]
    assert places
    assert all(url.startswith("https://github.com/MotionQC/SlicerMotionQC") for url in places)


def test_its_description_is_the_readme(metadata: Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    assert str(metadata.get_payload()).strip() == readme.strip()
