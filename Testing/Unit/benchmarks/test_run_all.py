"""One summary of all benchmarks: what has a target, and what broke down."""

from __future__ import annotations

from run_all import BENCHMARKS, HERE, summary
from targets import Figure

MET = Figure("speed", 3.0, "×", at_least=2.0)
MISSED = Figure("memory", 2.0, "GB", at_most=1.0)
REPORTED = Figure("difference", 0.1, "")


def test_every_benchmark_is_a_script() -> None:
    assert all((HERE / f"{name}.py").is_file() for name in BENCHMARKS)


def test_figures_without_a_target_are_left_out() -> None:
    text, status = summary({"one": {"One": [MET, REPORTED]}})
    assert "difference" not in text
    assert text.endswith("1 of 1 targets met")
    assert status == 0


def test_a_missed_target_anywhere_is_the_exit_status() -> None:
    text, status = summary({"one": {"One": [MET]}, "two": {"Two": [MISSED]}})
    assert text.endswith("1 of 2 targets met")
    assert status == 1


def test_a_benchmark_that_broke_down_is_told_and_fails() -> None:
    text, status = summary({"one": {"One": [MET]}, "two": {}})
    assert "two: broke down" in text
    assert status == 1
