"""The page about libraries agrees with pyproject.toml and with what is installed."""

from __future__ import annotations

import re
from pathlib import Path
from runpy import run_path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MADE = run_path(str(REPOSITORY / "Testing" / "Docs" / "dependencies.py"))
PAGE = (REPOSITORY / "Resources" / "Docs" / "dependencies.md").read_text("utf-8")
COPYLEFT = re.compile(r"\b[AL]?GPL", re.IGNORECASE)


def rows(page: str) -> dict[tuple[str, str], list[str]]:
    """Cells by section and library."""
    found: dict[tuple[str, str], list[str]] = {}
    section = ""
    for line in page.splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("| ") and not line.startswith("| library"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found[section, cells[0]] = cells[1:]
    return found


def test_the_page_is_the_one_that_the_command_makes() -> None:
    made, kept = rows(MADE["page"]()), rows(PAGE)
    assert made.keys() == kept.keys()
    for place, cells in made.items():
        # What is not installed states no licence here.
        wanted = [cells[0], cells[1] or kept[place][1], *cells[2:]]
        assert kept[place] == wanted, f"{place}: make the page anew"
    without_rows = [
        "\n".join(line for line in page.splitlines() if not line.startswith("| "))
        for page in (MADE["page"](), PAGE)
    ]
    assert without_rows[0] == without_rows[1]


def test_every_library_of_users_has_a_licence_and_none_binds_what_is_made_with_it() -> None:
    licences = {name: cells[1] for (_, name), cells in rows(PAGE).items()}
    assert len(licences) > 15
    assert [name for name, licence in licences.items() if not licence] == []
    assert [name for name, licence in licences.items() if COPYLEFT.search(licence)] == []


@pytest.mark.parametrize("extra", MADE["EXTRAS"])
def test_no_extra_of_users_is_left_out(extra: str) -> None:
    assert MADE["libraries"](extra)
    assert set(MADE["USES"]) >= {name.lower() for name in MADE["libraries"](extra)}


def test_what_is_said_to_be_read_safely_is() -> None:
    sources = [
        path.read_text("utf-8")
        for folder in ("MotionQC", "training")
        for path in (REPOSITORY / folder).rglob("*.py")
    ]
    text = "\n".join(sources)
    assert not re.search(r"\byaml\.(?!safe_load|safe_dump|YAMLError)\w+", text)
    assert not re.search(r"\bimport pickle|\bfrom pickle import (?!UnpicklingError)", text)
    assert not re.search(r"allow_pickle=True|\bextractall\(", text)
    loads = re.findall(r"torch\.load\((?:[^()]|\([^()]*\))*\)", text)
    assert loads
    assert [call for call in loads if "weights_only=True" not in call] == []
    assert not re.search(r"(?<![\w.])(?:eval|exec)\(", text)
