"""The commands that the README shows are commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from MotionQCLib.cli import main

REPOSITORY = Path(__file__).resolve().parents[3]
BLOCKS = re.findall(
    r"^```shell\n(.*?)^```", (REPOSITORY / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)
COMMANDS = [shlex.split(line, comments=True) for block in BLOCKS for line in block.splitlines()]
SHELL = [words[1:] for words in COMMANDS if words[:1] == ["motionqc"]]
MAKE = [words[1] for words in COMMANDS if words[:1] == ["make"]]


@pytest.mark.parametrize("words", SHELL, ids=" ".join)
def test_the_shell_knows_the_command_and_its_options(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([words[0], "--help"])
    known = re.findall(r"(?<!\w)--?[a-z][a-z-]*", capsys.readouterr().out)
    assert end.value.code == 0
    assert {word for word in words if word.startswith("-")} <= set(known)


@pytest.mark.parametrize("target", sorted({*MAKE, "lint"}))
def test_make_knows_the_target(target: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
