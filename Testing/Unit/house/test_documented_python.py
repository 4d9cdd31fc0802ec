"""The code of the page on Python runs, block after block, and prints what the page says."""

from __future__ import annotations

import io
import shutil
from contextlib import redirect_stdout
from itertools import pairwise, zip_longest
from pathlib import Path

import pytest

from MotionQCLib import models
from MotionQCLib.models import ModelBundle

from .documents import REPOSITORY, blocks

PAGE = REPOSITORY / "Resources" / "Docs" / "python.md"


def test_the_blocks_of_the_page_run_and_print_what_it_says(
    a_head_file: Path, a_model: ModelBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(a_head_file, tmp_path / "scan.nii.gz")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "find_model", lambda: a_model)
    known: dict[str, object] = {}
    shown = blocks(PAGE)
    for (language, code), (following, expected) in zip_longest(
        shown, shown[1:], fillvalue=("", "")
    ):
        if language != "python":
            continue
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), known)
        if following == "text":
            assert printed.getvalue() == expected
    assert "predicted" in known


def test_a_block_of_output_follows_one_of_code() -> None:
    languages = [language for language, _ in blocks(PAGE)]
    assert set(languages) == {"python", "text"}
    assert all(before == "python" for before, language in pairwise(languages) if language == "text")
