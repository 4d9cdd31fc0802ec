"""A figure beside its target: met, missed, or reported only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from targets import (
    Figure,
    conclude,
    cpu_model,
    missed,
    read_record,
    table,
    write_record,
)

FAST = Figure("speed", 2.5, "×", at_least=2.0, note="10 ms against 25 ms")
LARGE = Figure("memory", 1600.0, "MB", at_most=1500)
PLAIN = Figure("difference", 1e-4, "")


@pytest.mark.parametrize(
    ("value", "at_least", "at_most", "met"),
    [
        (2.0, 2.0, None, True),
        (1.99, 2.0, None, False),
        (1500.0, None, 1500, True),
        (1501.0, None, 1500, False),
        (float("nan"), 2.0, None, False),
        (float("nan"), None, 2.0, False),
        (7.0, None, None, None),
    ],
)
def test_a_target_is_met_up_to_its_limit_and_by_numbers_only(
    value: float, at_least: float | None, at_most: float | None, met: bool | None
) -> None:
    assert Figure("f", value, "", at_least=at_least, at_most=at_most).met is met


def test_the_table_shows_every_target_beside_its_figure() -> None:
    title, _, speed, memory, plain = table("Ours", [FAST, LARGE, PLAIN]).splitlines()
    assert title == "Ours"
    assert speed.split() == [
        "speed",
        "2.5",
        "×",
        "≥",
        "2",
        "met",
        "10",
        "ms",
        "against",
        "25",
        "ms",
    ]
    assert " ".join(memory.split()) == "memory 1600 MB ≤ 1500 MISSED"
    assert plain.split() == ["difference", "0.0001"]


def test_a_missed_target_is_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert missed([FAST, LARGE, PLAIN]) == [LARGE]
    assert conclude("Ours", [FAST, PLAIN], None) == 0
    assert conclude("Ours", [FAST, LARGE], None) == 1
    assert "MISSED" in capsys.readouterr().out


def test_a_record_tells_date_and_machine_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "record.json"
    write_record(path, {"Ours": [FAST, LARGE]})
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert read_record(path) == {"Ours": [FAST, LARGE]}
    assert [item["met"] for item in stored["benchmarks"]["Ours"]] == [True, False]
    assert stored["date"].endswith("+00:00")
    assert stored["machine"]["cpu"] == cpu_model() != ""
    assert stored["machine"]["threads"] == 2
    assert stored["machine"]["versions"]["numpy"]
