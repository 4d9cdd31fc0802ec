"""README and pages name commands, files and codes that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from MotionQCLib.cli import main
from MotionQCLib.cli.shell import build_parser

from .documents import (
    PAGES,
    README,
    REPOSITORY,
    anchors,
    blocks,
    commands,
    links,
    name_of,
    options,
    shell_commands,
)

SHOWN = sorted({tuple(words) for page in PAGES for words in shell_commands(page)})
MADE = {words[1] for page in PAGES for words in commands(page) if words[0] == "make"}
SCRIPTS = {
    word
    for page in PAGES
    for words in commands(page)
    if words[0] == "python"
    for word in words
    if word.endswith(".py")
}
LANGUAGES = {"shell", "python", "text", "json", "mermaid"}


@pytest.fixture(scope="module")
def known_options() -> dict[str, set[str]]:
    """Options of every command that is shown, by its help."""
    return {}


@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_the_shell_knows_the_command_and_its_options(
    words: tuple[str, ...],
    known_options: dict[str, set[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = words[0]
    if name not in known_options:
        with pytest.raises(SystemExit) as end:
            main([name, "--help"])
        assert end.value.code == 0
        known_options[name] = set(re.findall(r"(?<!\w)--?[a-z][a-z-]*", capsys.readouterr().out))
    assert options(list(words)) <= known_options[name]


def test_every_command_of_the_shell_is_shown_somewhere() -> None:
    listed = re.findall(r"^    ([a-z]+)\b", build_parser().format_help(), re.MULTILINE)
    assert {words[0] for words in SHOWN} == set(listed)


@pytest.mark.parametrize("target", sorted({*MADE, "lint", "test-ray"}))
def test_make_knows_the_target(target: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_a_script_that_is_called_is_there(script: str) -> None:
    assert (REPOSITORY / script).is_file()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    lost = [link for link in links(page) if not leads_somewhere(page, link)]
    assert lost == []


@pytest.mark.parametrize(
    "link",
    ["Resources/Docs/nothing.md", "Resources/Docs/score.md#nothing", "#nothing", "MotionQC/no.png"],
)
def test_a_lost_link_is_recognised(link: str) -> None:
    assert not leads_somewhere(README, link)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_of_code_say_their_language(page: Path) -> None:
    assert {language for language, _ in blocks(page)} <= LANGUAGES


def test_the_readme_leads_to_every_page() -> None:
    targets = {(REPOSITORY / link.partition("#")[0]).resolve() for link in links(README)}
    assert {page for page in PAGES if page != README} <= targets


def test_every_warning_of_the_code_is_explained_and_no_other() -> None:
    page = (REPOSITORY / "Resources" / "Docs" / "score.md").read_text("utf-8")
    section = page.partition("\n## Warnings\n")[2]
    explained = re.findall(r"^\| `([\w-]+)` \| .+ \| .+ \|$", section, re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) == warning_codes()


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a link within the repository has its file and its heading; others are let pass."""
    if link.startswith(("https://", "http://")):
        return True
    file, _, anchor = link.partition("#")
    target = (page.parent / file).resolve() if file else page
    if not target.exists():
        return False
    return not anchor or anchor in anchors(target)


def warning_codes() -> set[str]:
    """Codes of all warnings that scoring can give, out of the source."""
    return {
        call.args[0].value
        for file in (REPOSITORY / "MotionQC" / "MotionQCLib").rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "ScoreWarning"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
