"""The check of wheel and sdist: what it tries, what it keeps away, and when it fails.

That both files install and score is shown by the script itself, `make release-check`: it needs a
package index and minutes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import try_distributions as release
from try_distributions import Interpreter, StepError

from MotionQCLib import __version__

posix_only = pytest.mark.skipif(os.name == "nt", reason="a script in the place of a Python")


def a_python(folder: Path, says: str) -> str:
    """A program that answers like a Python of some version."""
    path = folder / f"python{says}"
    path.write_text(f"#!/bin/sh\necho {says}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@posix_only
def test_every_python_of_the_classifiers_that_is_on_the_path_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("3.10", "3.13"):
        a_python(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [each.version for each in release.found()] == ["3.10", "3.13"]
    assert set(release.supported()) >= {"3.10", "3.13"}


@posix_only
def test_a_python_that_is_named_must_be_there_and_supported(tmp_path: Path) -> None:
    assert release.named(a_python(tmp_path, "3.12")).version == "3.12"
    with pytest.raises(StepError, match=r"is Python 3\.9; give one of 3\.10, "):
        release.named(a_python(tmp_path, "3.9"))
    with pytest.raises(StepError, match="no Python 'nowhere/python' here"):
        release.named("nowhere/python")


def test_what_is_run_sees_neither_this_checkout_nor_a_users_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "a-checkout")
    monkeypatch.setenv("MOTIONQC_MODELS", "a-folder")
    show = "import json, os; print(json.dumps(dict(os.environ), sort_keys=True))"
    seen = release.run([sys.executable, "-c", show], tmp_path)
    assert "a-checkout" not in seen
    assert "MOTIONQC_MODELS" not in seen
    assert f'"HOME": "{tmp_path.as_posix()}"' in seen.replace("\\\\", "/")


def test_a_step_that_fails_says_which_and_what_was_said(tmp_path: Path) -> None:
    fails = "import sys; print('first this'); print('then that', file=sys.stderr); sys.exit(3)"
    with pytest.raises(StepError, match=r"ended with 3:\nfirst this\nthen that"):
        release.run([sys.executable, "-c", fails], tmp_path)


def test_the_version_is_the_packages() -> None:
    assert release.version() == __version__


def test_sources_are_copied_as_they_are_on_disk_without_what_is_ignored(tmp_path: Path) -> None:
    try:
        copy = release.copy_sources(tmp_path / "copy")
    except StepError:
        pytest.skip("the sources are not a git checkout: nothing says which files are tracked")
    assert (copy / "MotionQC/MotionQCLib/models/data/motionqc-t1w-preview.safetensors").is_file()
    project = release.REPOSITORY / "pyproject.toml"
    assert (copy / "pyproject.toml").read_bytes() == project.read_bytes()
    assert not [path for path in copy.rglob("*") if path.name in {".venv", ".git", "__pycache__"}]


@pytest.mark.parametrize(
    ("scores", "status", "said"),
    [
        ([0.40, 0.41], 0, "all passed; not tried, for they are not here: 3.10, 3.11, 3.13"),
        ([0.40, 0.46], 1, "FAILED: one head has scores from 0.400 to 0.460 mm"),
    ],
)
def test_one_head_must_have_one_score_everywhere(
    scores: list[float],
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(release, "found", lambda: [Interpreter("python", "3.12")])
    monkeypatch.setattr(release, "try_all", lambda interpreters, folder: scores)
    assert release.main([]) == status
    output = capsys.readouterr()
    assert said in output.out + output.err


def test_without_any_python_it_fails_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(release, "found", list)
    assert release.main([]) == 1
    assert capsys.readouterr().err.startswith("FAILED: none of Python 3.10, ")
