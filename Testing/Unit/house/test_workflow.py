"""What GitHub reads: the workflow of continuous integration, and the forms for issues.

A workflow can be tried on GitHub alone; here it is held to what it names in the repository.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parents[3]
GITHUB = REPOSITORY / ".github"
WORKFLOW = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text("utf-8"))
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
FORMS = sorted(
    path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"
)
HOME = "https://github.com/MotionQC/SlicerMotionQC"

STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
COMMANDS = "\n".join(step["run"] for step in STEPS if "run" in step)
# Parts of a form, and what each must say; a text area or an input may have a placeholder and more.
NEEDED = {
    "markdown": {"value"},
    "textarea": {"label"},
    "input": {"label"},
    "dropdown": {"label", "options"},
    "checkboxes": {"label", "options"},
}


def classified() -> set[str]:
    """Python versions that the project says it runs on."""
    found = (re.search(r":: Python :: (3\.\d+)$", line) for line in PROJECT["classifiers"])
    return {match[1] for match in found if match}


def versions(job: dict[str, Any]) -> set[str]:
    """Python versions of a job's matrix, or those that a step of it sets up."""
    matrix = job.get("strategy", {}).get("matrix", {})
    if "python-version" in matrix:
        return set(matrix["python-version"])
    given = [
        step["with"]["python-version"] for step in job["steps"] if "setup-python" in uses(step)
    ]
    return {version for text in given for version in text.split()}


def uses(step: dict[str, Any]) -> str:
    return str(step.get("uses", ""))


@pytest.mark.parametrize("job", ["versions", "distributions"])
def test_every_python_of_the_classifiers_is_tried_and_no_other(job: str) -> None:
    assert versions(WORKFLOW["jobs"][job]) == classified()
    assert min(classified(), key=lambda v: int(v[2:])) == PROJECT["requires-python"].strip(">=")


def test_the_run_for_every_change_has_the_python_of_the_pinned_versions() -> None:
    pinned = re.search(r"on Python (3\.\d+):", (REPOSITORY / "constraints.txt").read_text("utf-8"))
    assert pinned is not None
    whole = WORKFLOW["jobs"]["whole"]
    assert versions(whole) == {pinned[1]}
    assert ".ci/run" in [step.get("run") for step in whole["steps"]]


def test_the_workflow_may_read_the_repository_and_nothing_else() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in WORKFLOW["jobs"].values())
    checkouts = [step for step in STEPS if "actions/checkout" in uses(step)]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_newer_push_ends_the_run_of_an_older_one_of_the_same_request() -> None:
    assert "github.ref" in WORKFLOW["concurrency"]["group"]
    assert WORKFLOW["concurrency"]["cancel-in-progress"]
    assert all(job["timeout-minutes"] <= 90 for job in WORKFLOW["jobs"].values())


def test_actions_are_githubs_own_and_pinned_to_a_major_version() -> None:
    named = [uses(step) for step in STEPS if uses(step)]
    assert named
    assert [name for name in named if not re.fullmatch(r"actions/[\w-]+@v\d+", name)] == []


def test_what_the_workflow_runs_is_there() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    for target in re.findall(r"\bmake ([\w-]+)", COMMANDS):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for path in re.findall(r"(?<!\S)(?:Testing|\.ci)/\S+", COMMANDS):
        assert (REPOSITORY / path).exists(), path
    for extra in re.findall(r'"\.\[(\w+)\]"', COMMANDS):
        assert extra in PROJECT["optional-dependencies"]


def test_what_it_uploads_is_where_the_release_is_built() -> None:
    (upload,) = [step for step in STEPS if "upload-artifact" in uses(step)]
    source = (REPOSITORY / "Testing" / "Release" / "try_distributions.py").read_text("utf-8")
    assert upload["with"]["path"] == "build/release/*"
    assert 'OUTPUT = REPOSITORY / "build" / "release"' in source


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_for_issues_is_one_that_github_takes(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    assert set(form) == {"name", "description", "labels", "body"}
    names = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(set(names)) == len(names) >= 3
    for part in form["body"]:
        assert set(part) <= {"type", "id", "attributes", "validations"}
        assert NEEDED[part["type"]] <= set(part["attributes"])
        options = part["attributes"].get("options", [])
        # GitHub refuses options that YAML reads as something else than text, as it does yes and no.
        assert all(isinstance(each, str | dict) for each in options)
        assert len({str(each) for each in options}) == len(options)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_for_no_patients_data(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "patient" in text or path.stem == "feature"


def test_there_is_no_way_around_the_forms_but_those_that_are_named() -> None:
    config = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "config.yml").read_text("utf-8"))
    assert config["blank_issues_enabled"] is False
    for link in config["contact_links"]:
        assert set(link) == {"name", "url", "about"}
        kept = link["url"].partition(f"{HOME}/blob/main/")[2]
        assert not kept or (REPOSITORY / kept).is_file()


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("MotionQC.json", r'"scm_url": "(.+)\.git"'),
        ("CMakeLists.txt", r'EXTENSION_HOMEPAGE "(.+)#readme"'),
        ("CITATION.cff", r"^repository-code: (.+)$"),
        ("pyproject.toml", r'^Homepage = "(.+)"$'),
        ("CONTRIBUTING.md", r"^git clone (.+)\.git$"),
    ],
)
def test_every_file_names_the_same_home(name: str, pattern: str) -> None:
    text = (REPOSITORY / name).read_text("utf-8")
    assert re.findall(pattern, text, re.MULTILINE) == [HOME]


def test_links_into_the_repository_lead_to_files() -> None:
    texts = [
        path.read_text("utf-8")
        for path in (REPOSITORY / "CMakeLists.txt", REPOSITORY / "pyproject.toml", *FORMS)
    ]
    raw = r"(?:raw\.githubusercontent\.com/MotionQC/SlicerMotionQC|SlicerMotionQC/blob)/main/"
    found = re.findall(raw + r'([\w./-]+?)(?=[\s")])', "\n".join(texts))
    assert len(found) >= 4
    assert [name for name in found if not (REPOSITORY / name).is_file()] == []
