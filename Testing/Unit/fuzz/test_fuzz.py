"""A short run of the fuzzing command, and that it would notice what it is there to notice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import fuzz
import numpy as np
import pytest
from guard import Guard, Memory
from readers import TARGETS, Target, require_plain_page

from MotionQCLib.errors import InputError

COMMAND = Path(__file__).resolve().parents[2] / "Fuzz" / "fuzz.py"


@pytest.mark.slow
def test_a_few_hundred_hostile_files_are_refused_or_read(tmp_path: Path) -> None:
    words = ("--inputs", "400", "--seed", "7", "--together", "--keep", str(tmp_path))
    done = subprocess.run(
        [sys.executable, str(COMMAND), *words],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    table = {line[:26].strip(): line[26:].split() for line in done.stdout.splitlines()}
    assert {target.name for target in TARGETS} < table.keys()
    inputs, refused, accepted = map(int, table["all"][:3])
    assert inputs >= 390
    assert refused > inputs / 4
    assert accepted > inputs / 10


@pytest.fixture(scope="session")
def a_guard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Guard, Path]:
    """Hears only between `begin` and `end`, so that it may stay for the whole session."""
    folder = tmp_path_factory.mktemp("guarded")
    return Guard(folder), folder


def crash(_: Path) -> bool:
    raise KeyError("deep inside")


def escape(folder: Path) -> bool:
    (folder.parent.parent / "escaped").write_text("x")
    return True


def start(_: Path) -> bool:
    subprocess.run([sys.executable, "-c", ""], check=True)
    return True


def flood(_: Path) -> bool:
    return bool(np.ones(fuzz.MOST_BYTES + 2**26, np.uint8).any())


def linger(_: Path) -> bool:
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    return True


def chatter(_: Path) -> bool:
    raise InputError("code", "x" * 6000)


@pytest.mark.parametrize(
    ("take", "problem"),
    [
        (crash, "crash: KeyError"),
        (escape, "deed: writes"),
        (start, "deed: subprocess.Popen"),
        (flood, "memory: "),
        (linger, "slow: "),
        (chatter, "message: of 6000"),
    ],
)
def test_what_must_not_happen_is_noticed(
    a_guard: tuple[Guard, Path],
    monkeypatch: pytest.MonkeyPatch,
    take: Callable[[Path], bool],
    problem: str,
) -> None:
    guard, folder = a_guard
    memory = Memory()
    if take is flood and not memory.measured:
        pytest.skip("this system does not tell the most memory that was used")
    monkeypatch.setattr(fuzz, "LONGEST_S", 0.2 if take is linger else 60.0)
    target = Target("t", lambda _: {"a": b"x"}, take)
    tally = fuzz.judge(target, 0, 0, folder / "input", guard, memory)
    assert [found.problem.startswith(problem) for found in tally.findings] == [True]


def test_what_may_happen_is_not(a_guard: tuple[Guard, Path]) -> None:
    guard, folder = a_guard

    def write_and_refuse(place: Path) -> bool:
        (place / "new").write_text("x")
        raise InputError("code", "one line")

    target = Target("t", lambda _: {"deep/a": b"x"}, write_and_refuse)
    tally = fuzz.judge(target, 0, 0, folder / "input", guard, Memory())
    assert (tally.refused, tally.accepted, tally.findings) == (1, 0, [])


def test_an_input_is_the_same_each_time_it_is_made() -> None:
    for target in TARGETS:
        once, again = (target.make(fuzz.generator(target, 1, 5)) for _ in range(2))
        assert once == again, target.name


@pytest.mark.parametrize("tag", ["<b>x</b>", "<img src=x onerror=alert(1)>", "<a href=x>y</a>"])
def test_a_page_with_markup_from_elsewhere_is_noticed(tag: str) -> None:
    with pytest.raises(AssertionError):
        require_plain_page(f"<html><p>{tag}</p></html>")
