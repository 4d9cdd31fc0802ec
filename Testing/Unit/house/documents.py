"""The README, the guide and the pages, taken apart: what they show as commands, code and links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
README = REPOSITORY / "README.md"
GUIDE = REPOSITORY / "CONTRIBUTING.md"
PAGES = (README, GUIDE, *sorted((REPOSITORY / "Resources" / "Docs").glob("*.md")))

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
_AS_MODULE = ["python", "-m", "MotionQCLib.cli"]

Words = list[str]


def name_of(page: Path) -> str:
    """How a page is called in the repository."""
    return page.relative_to(REPOSITORY).as_posix()


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of every block of code, in order."""
    return [(found[1], found[2]) for found in _BLOCK.finditer(page.read_text("utf-8"))]


def commands(page: Path) -> list[Words]:
    """Words of every command line, without comments and variables that are set for it."""
    lines = [
        part
        for language, text in blocks(page)
        if language == "shell"
        for line in text.splitlines()
        for part in line.split("&&")
    ]
    return [words for line in lines if (words := _without_variables(shlex.split(line, True)))]


def shell_commands(page: Path) -> list[Words]:
    """Words of every `motionqc` command after that name, however it is started."""
    return [
        words[len(start) :]
        for words in commands(page)
        for start in (["motionqc"], _AS_MODULE)
        if words[: len(start)] == start
    ]


def links(page: Path) -> list[str]:
    """Where links and pictures lead."""
    return _LINK.findall(_BLOCK.sub("", page.read_text("utf-8")))


def anchors(page: Path) -> set[str]:
    """Names of a page's headings, as links call them."""
    headings = _HEADING.findall(_BLOCK.sub("", page.read_text("utf-8")))
    return {_NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-") for heading in headings}


def options(words: Words) -> set[str]:
    """Which of the words are options."""
    return {word for word in words if re.match(r"--?[a-z]", word)}


def _without_variables(words: Words) -> Words:
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    return words
