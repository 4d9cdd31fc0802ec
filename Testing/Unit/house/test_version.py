"""The version is written in one place; whatever else names it agrees, and nothing else does."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from MotionQCLib import __version__
from MotionQCLib.cli import main

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCE = REPOSITORY / "MotionQC" / "MotionQCLib" / "__init__.py"
# The documents are compared with the package by test_package.py.
DOCUMENTS = {"CITATION.cff", "CHANGELOG.md"}


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


def test_the_package_says_its_version_once() -> None:
    written = re.findall(r'^__version__ = "(.+)"$', SOURCE.read_text("utf-8"), re.MULTILINE)
    assert written == [__version__]
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_the_shell_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"motionqc {__version__}\n"


def test_the_distribution_reads_it_and_has_none_of_its_own() -> None:
    project = text_of("pyproject.toml")
    assert 'version = { attr = "MotionQCLib.__version__" }' in project
    assert not re.search(r'^version = "', project, re.MULTILINE)


def test_the_extension_has_none_of_its_own() -> None:
    """Slicer names an extension's packages by their revision."""
    assert re.search(r"^project\(MotionQC\)$", text_of("CMakeLists.txt"), re.MULTILINE)
    for name in ("CMakeLists.txt", "MotionQC/CMakeLists.txt", "training/CMakeLists.txt"):
        assert not re.search(r"\bVERSION \d+\.\d+\.\d+\)", text_of(name))
    assert "version" not in json.loads(text_of("MotionQC.json"))


def test_no_other_file_writes_it_beside_the_projects_name() -> None:
    beside = re.compile(rf"(?i)motionqc\W{{1,4}}v?{re.escape(__version__)}(?![\d.])")
    command = ["git", "ls-files", "-z", "*.py", "*.md", "*.txt", "*.toml", "*.yml", "*.cff"]
    listing = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if listing.returncode != 0:
        pytest.skip("the sources are not a git checkout: nothing says which files are tracked")
    names = [name for name in listing.stdout.split("\0") if name and name not in DOCUMENTS]
    assert len(names) > 100
    assert [name for name in names if beside.search(text_of(name))] == []


def test_a_release_has_its_date_in_the_changelog_or_says_that_it_is_none_yet() -> None:
    newest = re.findall(r"^## \[.+?\] - (.+)$", text_of("CHANGELOG.md"), re.MULTILINE)[0]
    dated = re.findall(r"^date-released: (.+)$", text_of("CITATION.cff"), re.MULTILINE)
    assert dated == ([] if newest == "unreleased" else [newest])
