"""The page of the shell's commands says what their parsers say."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from MotionQCLib.cli.shell import build_parser

REPOSITORY = Path(__file__).resolve().parents[3]
PAGE = REPOSITORY / "Resources" / "Docs" / "shell.md"


@pytest.fixture(scope="module")
def made() -> str:
    script = REPOSITORY / "Testing" / "Docs" / "shell_reference.py"
    described = importlib.util.spec_from_file_location("shell_reference", script)
    assert described is not None
    assert described.loader is not None
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    text: str = module.page()
    return text


def test_the_page_is_current(made: str) -> None:
    remedy = "make the page anew: python Testing/Docs/shell_reference.py"
    assert PAGE.read_text("utf-8") == made, remedy


def test_every_command_is_on_it_with_options_of_every_kind(made: str) -> None:
    listed = re.findall(r"^    ([a-z]+)\b", build_parser().format_help(), re.MULTILINE)
    assert re.findall(r"^## motionqc (\w+)$", made, re.MULTILINE) == listed
    assert "| `-o`, `--output` `OUT` (needed) | OUT.nii.gz or OUT.nii |" in made
    assert "| `--set` `FIELD=VALUE` | a field of the configuration" in made
