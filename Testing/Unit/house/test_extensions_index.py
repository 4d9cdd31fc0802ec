"""The extension is one that Slicer's Extensions Index takes, as far as files tell."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
ENTRY = json.loads((REPOSITORY / "MotionQC.json").read_text("utf-8"))
CMAKE = (REPOSITORY / "CMakeLists.txt").read_text("utf-8")
README = (REPOSITORY / "README.md").read_text("utf-8")
CHECKLIST = (REPOSITORY / "Resources" / "Docs" / "extensions-index.md").read_text("utf-8")

RAW = "https://raw.githubusercontent.com/MotionQC/SlicerMotionQC/main/"
TYPES = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "build_dependencies": list,
    "tier": int,
}
"""Fields of the entry as schema 1.0.2 types them."""
# Those of the index's categories that fit; others are refused.
CATEGORIES = {"Quantification", "Neuroimaging", "Simulation"}


def extension(variable: str) -> str:
    """A variable of the extension as the index reads it: one line, in quotation marks."""
    (value,) = re.findall(rf'^set\(EXTENSION_{variable} "([^"]+)"\)$', CMAKE, re.MULTILINE)
    return str(value)


def png_size(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def test_the_entry_has_the_fields_of_the_schema_in_their_types() -> None:
    assert {name: type(value) for name, value in ENTRY.items()} == TYPES
    assert re.search(r"/slicer-extension-catalog-entry-schema-v1\.0\.2\.json#?$", ENTRY["$schema"])
    assert 1 <= ENTRY["tier"] <= 5
    assert all(isinstance(name, str) for name in ENTRY["build_dependencies"])


def test_its_source_is_named_as_the_index_wants_it() -> None:
    assert ENTRY["scm_url"].startswith("https://")
    assert "slicer" in ENTRY["scm_url"].rpartition("/")[2].lower()
    assert not re.fullmatch(r"[0-9a-f]{7,40}", ENTRY["scm_revision"]), "a branch, not a commit"


def test_the_category_is_known_and_the_modules_own() -> None:
    assert ENTRY["category"] in CATEGORIES
    module = ast.parse((REPOSITORY / "MotionQC" / "MotionQC.py").read_text("utf-8"))
    words = {node.value for node in ast.walk(module) if isinstance(node, ast.Constant)}
    assert ENTRY["category"] in words


@pytest.mark.parametrize("variable", ["ICONURL", "SCREENSHOTURLS"])
def test_pictures_are_files_of_this_repository(variable: str) -> None:
    urls = extension(variable).split()
    assert urls
    for url in urls:
        assert url.startswith(RAW)
        width, height = png_size(REPOSITORY / url.removeprefix(RAW))
        assert (width == height) if variable == "ICONURL" else width > 600


def test_the_description_is_one_for_everybody() -> None:
    text = extension("DESCRIPTION")
    assert 1 <= len(re.findall(r"[.](?:\s|$)", text)) <= 3
    assert 50 < len(text) < 300
    assert "head moved" in text
    assert extension("CONTRIBUTORS")


def test_the_homepage_has_what_reviewers_look_for() -> None:
    title, _, rest = README.partition("\n")
    assert title == "# MotionQC"
    opening = rest.partition("\n## ")[0]
    assert "![" in opening, "a picture before the first section"
    assert "research use only" in opening
    assert "one module, *MotionQC*" in README
    assert "https://arxiv.org/abs/2502.00160" in README
    assert "https://doi.org/10.1117/12.2648201" in README
    assert "licence: [Apache-2.0](LICENSE.txt)" in README
    assert (REPOSITORY / "LICENSE.txt").read_text("utf-8").lstrip().startswith("Apache License")


def test_the_checklist_names_tests_and_folders_that_are_there() -> None:
    named = set(re.findall(r"`((?:Testing/[\w/.]*)|test_\w+\.py)`", CHECKLIST))
    assert len(named) > 8
    for name in named:
        place = REPOSITORY / name if name.startswith("Testing") else Path(__file__).with_name(name)
        assert place.exists(), name


def test_the_checklist_shows_the_entry_as_it_is() -> None:
    rows = dict(re.findall(r"^\| `([$\w]+)` \| ([^|]+) \|", CHECKLIST, re.MULTILINE))
    assert set(rows) == set(ENTRY)
    shown = {name: text.strip().strip("`") for name, text in rows.items()}
    for name in ("category", "scm_url", "scm_revision", "tier"):
        assert shown[name] == str(ENTRY[name])
    assert shown["build_dependencies"].split(", ") == ENTRY["build_dependencies"]
