"""The guide for contributors: its example is run, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest

from MotionQCLib.motion import patterns

from .documents import GUIDE, REPOSITORY, blocks, commands

TEXT = GUIDE.read_text("utf-8")
TESTS = REPOSITORY / "Testing" / "Unit" / "motion" / "test_patterns.py"


@pytest.fixture
def example() -> tuple[str, str, str]:
    """The example's function, its line in the table, and its test."""
    function, line, test = (text for language, text in blocks(GUIDE) if language == "python")
    return function, line, test


@pytest.fixture
def settled(example: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> patterns.Pattern:
    """The example's pattern, in the table as the guide puts it there."""
    function, line, _ = example
    space = dict(vars(patterns))
    exec(compile(function, str(GUIDE), "exec"), space)
    ((name, pattern),) = eval(f"{{{line}}}", space).items()
    monkeypatch.setitem(patterns.PATTERNS, name, pattern)
    return pattern


def test_the_example_passes_the_test_that_it_comes_with(
    example: tuple[str, str, str], settled: patterns.Pattern
) -> None:
    space: dict[str, object] = {}
    exec(compile(TESTS.read_text("utf-8") + "\n\n" + example[2], str(TESTS), "exec"), space)
    (name,) = re.findall(r"^def (test_\w+)", example[2], re.MULTILINE)
    added = space[name]
    assert isinstance(added, FunctionType)
    added()


def test_the_example_keeps_what_every_pattern_keeps(settled: patterns.Pattern) -> None:
    for seed in range(20):
        settings = patterns.PatternSettings(3, 2.0, (1.0, 0.0, 0.5), onset=0.25)
        made = settled(settings, np.random.default_rng(seed))
        assert (np.abs(made.poses) <= settings.reach).all()
        assert made.onsets[made.poses.any(axis=1)][0] == pytest.approx(0.25)


def test_the_example_fits_the_file_that_it_is_put_into(example: tuple[str, str, str]) -> None:
    function, line, test = example
    assert all(len(row) <= 100 for row in (function + line + test).splitlines())
    assert re.fullmatch(r'    "[a-z-]+": \w+,\n', line)


@pytest.mark.parametrize(
    "code", sorted(set(re.findall(r"`(?:python )?([^`\s]+\.(?:py|md|txt|yml|ui))`", TEXT)))
)
def test_a_file_that_is_named_is_there(code: str) -> None:
    roots = ("", "MotionQC", "MotionQC/MotionQCLib")
    places = [REPOSITORY / root / code for root in roots]
    beside = list((REPOSITORY / "MotionQC" / "MotionQCLib").rglob(Path(code).name))
    assert any(place.is_file() for place in places) or ("/" not in code and beside)


def test_folders_of_tests_that_are_run_are_there() -> None:
    paths = [
        word
        for words in commands(GUIDE)
        for word in words
        if word.startswith("Testing/") or word.endswith(".py")
    ]
    assert len(paths) >= 5
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []
